import type { BackendSubject, CrashPoints } from "@runferry/testkit";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { type WandbClient, wandb, wandbSource } from "../../src/index.ts";

/** Stands before and after everything that changes something there. */
export function crashing(crash: CrashPoints): (client: WandbClient) => WandbClient {
  function around<A extends readonly unknown[], T>(
    label: string,
    call: (...args: A) => Promise<T>,
  ): (...args: A) => Promise<T> {
    return async (...args) => {
      crash.point(`before: ${label}`);
      const answer = await call(...args);
      crash.point(`after: ${label}`);
      return answer;
    };
  }
  return (client) => {
    const { runs, artifacts, storage } = client;
    return {
      ...client,
      runs: {
        ...runs,
        upsert: around("upsert", runs.upsert),
        createFiles: around("create files", runs.createFiles),
        alert: around("alert", runs.alert),
      },
      artifacts: {
        ...artifacts,
        create: around("create an artifact", artifacts.create),
        createManifest: around("create a manifest", artifacts.createManifest),
        createFiles: around("create files of an artifact", artifacts.createFiles),
        commit: around("commit an artifact", artifacts.commit),
        use: around("use an artifact", artifacts.use),
        link: around("link an artifact", artifacts.link),
      },
      storage: { ...storage, put: around("put a file", storage.put), putParts: around("put parts", storage.putParts) },
      fileStream: around("stream lines", client.fileStream),
    };
  };
}

/** A server for each place. With `project`, every run goes there; without, each to that of its experiment. */
export function wandbSubject(project?: string): BackendSubject {
  return {
    name: project === undefined ? "wandb, a project for each experiment" : "wandb, one project",
    // The summary has every name, and is sent with each batch; a rehearsal takes the time for all of them.
    ...(process.env.RUNFERRY_ROUNDS === undefined ? { sizes: { names: 1000 } } : {}),
    async create() {
      const server = await startWandbServer();
      const open = optionsFor(server, project);
      return {
        open: async (crash) => wandb({ ...open, wrap: crashing(crash) }),
        source: async () => wandbSource(open),
        dump: () => dumpOf(server),
        credentials: [server.apiKey],
        remove: () => server.close(),
      };
    },
  };
}

export function optionsFor({ url, apiKey, entity }: WandbServer, project?: string) {
  const env = { HOME: "/nonexistent" };
  return { baseUrl: url, apiKey, entity, env, folder: "/nonexistent", ...(project === undefined ? {} : { project }) };
}

async function dumpOf(server: WandbServer): Promise<string> {
  const parts = server.requests().map(({ path, body }) => `${path}\n${JSON.stringify(body)}`);
  for (const name of server.runs()) {
    const [entity = "", project = "", id = ""] = name.split("/");
    const run = await server.run(entity, project, id);
    parts.push(JSON.stringify(run));
    for (const [path, file] of run!.files) parts.push(path, (await file.bytes()).toString("latin1"));
  }
  return parts.join("\n");
}
