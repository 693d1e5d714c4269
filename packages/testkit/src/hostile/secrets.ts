import type { Random } from "../random.ts";
import { innocents } from "./corpus.ts";
import { draftRun, type HostileRun, utf8 } from "./draft.ts";

/**
 * A run with secrets wherever people leave them: under keys that name them, behind the prefixes of known tokens, in
 * URLs, command lines and text. Each is one of a kind, so that a leak names its place. The innocent look-alikes beside
 * them must arrive.
 */
export async function secretRun(seed: number): Promise<HostileRun> {
  const canaries: string[] = [];
  const random = { current: undefined as Random | undefined };

  /** A value that nobody could tell from noise. */
  function canary(prefix: string = "canary"): string {
    const letters = Array.from({ length: 24 }, () => (random.current?.below(36) ?? canaries.length).toString(36)).join(
      "",
    );
    const secret = `${prefix}${letters}`;
    canaries.push(secret);
    return secret;
  }

  return draftRun(
    "secrets",
    seed,
    async (draft) => {
      const { log, file } = draft;
      random.current = draft.random;
      log({ kind: "params.set", values: { ...innocents } });
      log({
        kind: "params.set",
        values: {
          api_key: canary(),
          password: canary(),
          dbPassword: canary(),
          "wandb.api_key": canary(),
          AWS_SECRET_ACCESS_KEY: canary(),
          hf_token: canary(),
          accessToken: canary(),
          client_secret: canary(),
        },
      });
      log({
        kind: "params.set",
        values: {
          nested: { deep: [{ secret: canary() }] },
          credentials: { user: canary(), file: canary() },
          passwords_list: [1],
          secrets: [canary(), canary()],
          pin: { password: 12_345_678 },
        },
      });
      log({
        kind: "params.set",
        values: {
          a: canary("hf_"),
          b: canary("ghp_"),
          c: canary("sk-proj-"),
          d: `in text ${canary("glpat-")} here`,
          e: [canary("npm_aaaaaaaaaaa")],
        },
      });
      log({
        kind: "tags.set",
        values: {
          token: canary(),
          note: `password=${canary()}`,
          "mlflow.source.git.repoURL": `https://user:${canary()}@host.example/repo.git`,
        },
      });
      log({
        kind: "dataset.used",
        name: "d",
        source: `https://${canary()}@host.example/data.csv`,
        metadata: { url: `https://host.example/x?token=${canary()}&a=1` },
      });
      log({
        kind: "dataset.used",
        name: "e",
        source: `https://b.s3.example/x?X-Amz-Credential=${canary()}&X-Amz-Signature=${canary()}`,
      });
      log({
        kind: "artifact.logged",
        file: await file("a.txt", utf8("plain")),
        reference: `s3://b/k?sig=${canary()}`,
        metadata: { auth_token: canary() },
      });
      log({ kind: "alert.raised", title: "login failed", text: `Authorization: Bearer ${canary()}`, level: "warn" });
      log({ kind: "console.logged", from: "stdout", text: `step 1\nexport WANDB_API_KEY=${canary()}\nstep 2\n` });
      log({ kind: "console.logged", from: "stderr", text: `config = {'api_key': '${canary()}', 'lr': 0.1}\n` });
      log({ kind: "console.logged", from: "stdout", text: `{"password": "${canary()}", "lr": 0.1}\n` });
      log({
        kind: "console.logged",
        from: "stdout",
        text: `jwt ${canary("eyJhbGciOi")}.${canary("eyJzdWIiOi")}.${canary()}\n`,
      });
      log({ kind: "media.logged", name: "text", media: { type: "text", text: `secret: ${canary()}` } });
      log({
        kind: "media.logged",
        name: "table",
        media: {
          type: "table",
          columns: ["who", "token"],
          rows: [
            ["me", canary("github_pat_")],
            ["you", `--api-key ${canary()}`],
          ],
        },
      });
      log({
        kind: "media.logged",
        name: "figure",
        media: { type: "figure", spec: { url: `https://u:${canary()}@h.example/`, mark: "bar" } },
      });
      log({ kind: "model.logged", name: "m", path: "model", metadata: { private_key: canary() } });
      log({
        kind: "model.registered",
        name: "m",
        path: "model",
        tags: { api_key: canary() },
        description: `token=${canary()}`,
      });
      log({ kind: "metrics.logged", step: 1, context: { password: canary() }, values: { api_key: 1, num_tokens: 2 } });
      log({ kind: "unknown", was: "future.kind", fields: { secret_key: canary(), list: [{ passphrase: canary() }] } });
      log({ kind: "events.lost", count: 1, reason: `could not write password=${canary()}` });
      log({
        kind: "run.ended",
        status: "failed",
        error: {
          type: "AuthError",
          message: `bad key ${canary("sk-")}`,
          trace: `login(password="${canary()}")\nraise AuthError(token='${canary()}')`,
        },
      });
      draft.secrets.push(...canaries);
    },
    {
      started: {
        description: `run with --password=${canary("startpassword")}`,
        command: [
          "train.py",
          "--api-key",
          canary("startargv"),
          `--password=${canary("startflag")}`,
          "--lr",
          "0.1",
          "--auth-token",
          canary("starttoken"),
          "--pad-token",
          "<pad>",
        ],
        system: { environment: { WANDB_API_KEY: canary("startenvironment"), HOME: "/home/me" } },
      },
    },
  );
}
