import type { BackendSubject, CrashPoints } from "@runferry/testkit";
import type { BorrowedMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { mlflow, mlflowSource, type Transport } from "../src/index.ts";

/** Stands before and after every request that changes something. */
export function crashing(crash: CrashPoints, sent: string[] = []): (transport: Transport) => Transport {
  return (transport) => {
    const changes = ({ method, path }: { method: string; path: string }) =>
      method !== "GET" && !/\/(?:search)$/.test(path);
    async function around<T>(
      call: { method: string; path: string; body?: object | undefined },
      ask: () => Promise<T>,
    ): Promise<T> {
      const label = `${call.method} ${call.path.replace(/artifacts\/.*/, "artifacts")}`;
      if (!changes(call)) return ask();
      sent.push(`${call.path}\n${JSON.stringify(call.body)}`);
      crash.point(`before: ${label}`);
      const answer = await ask();
      crash.point(`after: ${label}`);
      return answer;
    }
    return {
      json: (call) => around(call, () => transport.json(call)),
      send: (call) => around(call, () => transport.send(call)),
      receive: (call) => transport.receive(call),
      close: () => transport.close(),
    };
  };
}

/** One server for all places: each place begins with an empty one. */
export function mlflowSubject(server: () => BorrowedMlflow): BackendSubject {
  return {
    name: "mlflow",
    // A request for the history of each metric is the only way to read it; a rehearsal takes the time for all of them.
    ...(process.env.RUNFERRY_ROUNDS === undefined ? { sizes: { names: 1000 } } : {}),
    async create() {
      const { url, empty, dump } = server();
      await empty();
      const sent: string[] = [];
      const open = { uri: url, env: {} };
      return {
        open: async (crash) => mlflow({ ...open, wrap: crashing(crash, sent) }),
        source: async () => mlflowSource(open),
        dump: async () => [await dump(), ...sent].join("\n"),
        remove: async () => undefined,
      };
    },
  };
}
