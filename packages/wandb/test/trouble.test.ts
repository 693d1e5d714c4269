import { mkdtempSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { RunferryError } from "@runferry/core";
import { startWandbServer } from "@runferry/testkit/wandb-server";
import { afterEach, describe, expect, test } from "vitest";
import { digestsOf, type WandbClient, wandbClient } from "../src/client/index.ts";
import { type Act, bodyOf, type ScriptedServer, says, scriptedServer } from "./scripted-server.ts";

const apiKey = "canary".padEnd(40, "0");
const path = { entity: "e", project: "p", run: "r" };
const viewer = { data: { viewer: { id: "1", entity: "e", username: "u", teams: { edges: [] } } } };
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function open(acts: readonly Act[], env = {}): Promise<{ client: WandbClient; server: ScriptedServer }> {
  const server = await scriptedServer(acts);
  const client = wandbClient({ baseUrl: server.url, apiKey, env: { HOME: "/nonexistent", ...env } });
  opened.push(server, client);
  return { client, server };
}

const failureOf = (asked: Promise<unknown>) =>
  asked.then(
    () => expect.fail("it succeeded"),
    (cause) => cause,
  );

async function* bytesOf(count: number, fail?: Error): AsyncIterable<Uint8Array> {
  const block = Buffer.alloc(64 * 1024, "ab");
  for (let left = count; left > 0; left -= block.length) {
    yield block.subarray(0, left);
    if (fail) throw fail;
  }
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts).toString();
}

const reset: Act = (request) => request.socket.destroy();
const resetAfter: Act = async (request) => {
  await bodyOf(request);
  request.socket.destroy();
};
const never: Act = (request) => request.resume();

describe("no answer", () => {
  test("nobody listens: certainly nothing was done", async () => {
    const { client, server } = await open([says({})]);
    await server.close();
    opened.splice(0, 1);
    expect(await failureOf(client.viewer())).toMatchObject({ code: "unavailable", answer: { effect: "none" } });
  });

  test.each([
    ["before the body was read", reset],
    ["after it", resetAfter],
    ["in the middle of the answer", (_, response) => response.writeHead(200).write('{"da', () => response.destroy())],
    [
      "in the middle of a zipped answer",
      (_, response) => {
        const zipped = gzipSync(JSON.stringify(viewer));
        response.writeHead(200, { "content-encoding": "gzip" }).write(zipped.subarray(0, 30), () => response.destroy());
      },
    ],
  ] satisfies [string, Act][])("cut off %s: not known what was done, and not tried again", async (_, act) => {
    const { client, server } = await open([act, says(viewer)]);
    for (const asked of [() => client.runs.upsert(path), () => client.fileStream(path, {})]) {
      server.asked.length = 0;
      const failure = await failureOf(asked());
      expect(failure).toMatchObject({ code: "unavailable", answer: { effect: "unknown" } });
      expect(failure.message).toContain(server.url);
      expect(server.asked).toHaveLength(1);
    }
    expect(await client.viewer()).toMatchObject({ entity: "e" });
  });

  test("too late", async () => {
    const { client } = await open([never], { WANDB_HTTP_TIMEOUT: "0.05", WANDB_FILE_PUSHER_TIMEOUT: "0.05" });
    const failure = await failureOf(client.viewer());
    expect(failure).toMatchObject({ code: "unavailable", answer: { effect: "unknown" } });
    expect(failure.message).toContain("nothing within 0.05 s");
    const target = { name: "f", url: "/storage/f", headers: [] };
    const stuck = await failureOf(client.storage.put(target, () => bytesOf(3), { bytes: 3 }));
    expect(stuck).toMatchObject({ code: "unavailable", answer: { effect: "unknown" } });
  });

  test("the caller's own reason, when the caller gives up", async () => {
    const { client } = await open([never]);
    const controller = new AbortController();
    const asked = client.fileStream(path, {}, { signal: controller.signal });
    const reason = new Error("mine");
    controller.abort(reason);
    expect(await failureOf(asked)).toBe(reason);
    expect(await failureOf(client.viewer({ signal: controller.signal }))).toBe(reason);
  });

  test("closed means closed, also for what is under way", async () => {
    const { client } = await open([never]);
    const asked = failureOf(client.viewer());
    await new Promise((resolve) => setImmediate(resolve));
    await client.close();
    expect(await asked).toMatchObject({ code: "unavailable" });
    expect(await failureOf(client.viewer())).toMatchObject({ code: "closed" });
  });

  test("no key at all: said before anything is asked", async () => {
    const { server } = await open([says(viewer)]);
    const client = wandbClient({ baseUrl: server.url, env: { HOME: "/nonexistent" }, folder: "/nonexistent" });
    expect(await failureOf(client.viewer())).toMatchObject({ code: "needs_credentials" });
    expect(await failureOf(client.fileStream(path, {}))).toMatchObject({
      hint: expect.stringContaining("WANDB_API_KEY"),
    });
    expect(server.asked).toEqual([]);
    await client.close();
  });
});

describe("files", () => {
  const target = { name: "f", url: "/storage/f?X=1", headers: ["Content-MD5: abc==", "x-ms-blob: a:b", "Host: evil"] };

  test("what goes up: the bytes, their length, the headers asked for, and no credentials", async () => {
    let seen: { readonly [name: string]: unknown } = {};
    const { client } = await open(
      [
        async (request, response) => {
          seen = { ...request.headers, length: (await bodyOf(request)).length };
          response.writeHead(200).end();
        },
      ],
      { WANDB_X_EXTRA_HTTP_HEADERS: '{"x-team":"blue"}' },
    );
    await client.storage.put(target, () => bytesOf(200_000), { bytes: 200_000 });
    expect(seen).toMatchObject({
      length: 200_000,
      "content-length": "200000",
      "content-md5": "abc==",
      "x-ms-blob": "a:b",
    });
    expect(seen).toMatchObject({ "x-team": "blue", host: expect.stringContaining("127.0.0.1") });
    expect(seen).not.toHaveProperty("authorization");
  });

  test("trouble with the file itself is told as that", async () => {
    const { client } = await open([never]);
    const missing = new RunferryError("file_missing", "gone", { hint: "", data: "" });
    const upload = client.storage.put(target, () => bytesOf(200_000, missing), { bytes: 200_000 });
    expect(await failureOf(upload)).toBe(missing);
  });

  test("a file that is not as long as was said is not taken", async () => {
    const { client } = await open([
      async (request, response) => {
        await bodyOf(request).catch(() => undefined);
        response.end();
      },
    ]);
    for (const bytes of [199_999, 200_001]) {
      const upload = client.storage.put(target, () => bytesOf(200_000), { bytes });
      expect(await failureOf(upload)).toMatchObject({ code: "file_missing" });
    }
  });

  test("a refusal while the bytes still go up", async () => {
    const { client } = await open([
      (_, response) => response.writeHead(403, { connection: "close" }).end("AccessDenied: Request has expired"),
    ]);
    const failure = await failureOf(
      client.storage.put(target, () => bytesOf(32 * 1024 ** 2), { bytes: 32 * 1024 ** 2 }),
    );
    expect(failure).toMatchObject({ code: "unavailable" });
  });

  test("a page of a log-in is no yes", async () => {
    const page: Act = async (request, response) => {
      await bodyOf(request);
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>log in</html>");
    };
    const { client } = await open([page]);
    const failure = await failureOf(client.storage.put(target, () => bytesOf(3), { bytes: 3 }));
    expect(failure).toMatchObject({ code: "unavailable", hint: expect.stringContaining("log-in page") });
  });

  test("what comes down: sent on to another host, without ranges, cut off in the middle", async () => {
    const seen: IncomingHttpHeaders[] = [];
    const keep =
      (act: Act): Act =>
      (request, response) => {
        seen.push(request.headers);
        return act(request, response);
      };
    const other = await scriptedServer([keep((_, response) => response.end("0123456789"))]);
    opened.push(other);
    const away: Act = (_, response) => response.writeHead(302, { location: `${other.url}/there` }).end("moved");
    const cut: Act = (_, response) =>
      response.writeHead(200, { "content-length": "10" }).write("01234", () => response.destroy());
    const env = { WANDB_X_EXTRA_HTTP_HEADERS: '{"Authorization":"Bearer mine","x-team":"blue"}' };
    const { client } = await open([keep(away), cut], env);
    expect(await textOf(client.storage.get("/files/f", { start: 4 }))).toBe("456789");
    expect(await failureOf(textOf(client.storage.get("/files/f")))).toMatchObject({ code: "unavailable" });
    expect(seen).toMatchObject([
      { range: "bytes=4-", authorization: "Bearer mine", "x-team": "blue" },
      { range: "bytes=4-", "x-team": "blue" },
    ]);
    expect(seen[1]).not.toHaveProperty("authorization"); // what the user says to the server is not for others
  });

  test("a reader that has enough stops the download", async () => {
    let closed = false;
    const { client } = await open([
      (_, response) => {
        response.on("close", () => {
          closed = true;
        });
        Readable.from(bytesOf(1024 ** 3)).pipe(response);
      },
      (_, response) => response.end("next"),
    ]);
    for await (const part of client.storage.get("/files/f")) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(() => closed).toBe(true);
    expect(await textOf(client.storage.get("/files/f"))).toBe("next");
  });

  test("redirects in a circle end", async () => {
    const { client, server } = await open([(_, response) => response.writeHead(302, { location: "/files/f" }).end()]);
    expect(await failureOf(textOf(client.storage.get("/files/f")))).toMatchObject({ answer: { status: 302 } });
    expect(server.asked).toHaveLength(6);
  });

  test("a large artifact file goes up in parts, streamed", async () => {
    const server = await startWandbServer();
    const client = wandbClient({ baseUrl: server.url, apiKey: server.apiKey, env: { HOME: "/nonexistent" } });
    opened.push(server, client);
    const run = { entity: server.entity, project: "p", run: "big" };
    await client.runs.upsert(run);
    const bytes = 101 * 1024 ** 2 + 7;
    const { md5, parts } = await digestsOf(bytesOf(bytes), bytes, true);
    const { id: artifactId } = await client.artifacts.create({
      ...run,
      type: "dataset",
      name: "d",
      digest: "0".repeat(32),
      clientId: "a".repeat(128),
      sequenceClientId: "b".repeat(128),
    });
    const { id: manifestId } = await client.artifacts.createManifest({ ...run, artifactId, digest: "", upload: false });
    const [file] = await client.artifacts.createFiles([{ artifactId, manifestId, name: "d.bin", md5, parts: parts! }]);
    const upload = { bytes, digests: parts! };
    const tags = await client.storage.putParts(file!.multipart!.parts, () => bytesOf(bytes), upload);
    expect(tags.map(({ partNumber }) => partNumber)).toEqual([1, 2]);
    await client.artifacts.completeMultipart(file!, tags);
    expect(server.failures()).toEqual([]);
    const [again] = await client.artifacts.createFiles([{ artifactId, manifestId, name: "d.bin", md5 }]);
    expect(again!.target).toBeUndefined(); // the server has these bytes
  });
});

test("a service account says on whose behalf it sends", async () => {
  let seen: { readonly [name: string]: unknown } = {};
  const act: Act = (request, response) => {
    seen = request.headers;
    return says(viewer)(request, response);
  };
  const { client } = await open([act], { WANDB_USERNAME: "ada", WANDB_USER_EMAIL: "ada@example.org" });
  await client.viewer();
  expect(seen).toMatchObject({ "x-wandb-username": "ada", "x-wandb-user-email": "ada@example.org" });
});

test("an identity token is exchanged once, and again when the server no longer takes what it gave", async () => {
  const tokenFile = join(mkdtempSync(join(tmpdir(), "runferry-token-")), "token");
  const seen: unknown[] = [];
  const server = await scriptedServer([
    async (request, response) => {
      const body = (await bodyOf(request)).toString();
      if (request.url === "/oidc/token") {
        const assertion = new URLSearchParams(body).get("assertion");
        seen.push(assertion);
        if (assertion === "bad.jwt.token")
          return response.writeHead(400).end('{"error":"invalid_grant bad.jwt.token"}');
        return response.end(JSON.stringify({ access_token: `given-${seen.length}`, expires_in: 3600 }));
      }
      seen.push(request.headers.authorization);
      if (seen.length === 3) return response.writeHead(401).end(`{"error":"given-1 has expired"}`);
      return response.end(JSON.stringify(viewer));
    },
  ]);
  writeFileSync(tokenFile, "first.jwt.token\n");
  const env = { HOME: "/nonexistent", WANDB_IDENTITY_TOKEN_FILE: tokenFile };
  const client = wandbClient({ baseUrl: server.url, env, folder: "/nonexistent" });
  opened.push(server, client);
  await client.viewer();
  const refused = await failureOf(client.viewer());
  expect(refused).toMatchObject({ code: "needs_credentials" });
  expect(refused.message).not.toContain("given-1");
  writeFileSync(tokenFile, "second.jwt.token");
  await client.viewer();
  expect(seen).toEqual(["first.jwt.token", "Bearer given-1", "Bearer given-1", "second.jwt.token", "Bearer given-4"]);
  const other = wandbClient({ baseUrl: server.url, env, folder: "/nonexistent" });
  opened.push(other);
  writeFileSync(tokenFile, "bad.jwt.token");
  const failure = await failureOf(other.viewer());
  expect(failure).toMatchObject({
    code: "needs_credentials",
    hint: expect.stringContaining("WANDB_IDENTITY_TOKEN_FILE"),
  });
  expect(failure.message).not.toContain("bad.jwt.token");
});
