// Sends recorded requests again as fast as the server takes them: the same bytes, without anything of ours around them.
import { Agent, request } from "node:http";
import type { Sent } from "../../packages/mlflow/test/recording-proxy.ts";

type Asked = Pick<Sent, "method" | "path" | "headers" | "status" | "body"> & {
  /** The id of the run that the server made of it. */
  readonly created: string | undefined;
};

/** What one run asked for, in order. */
export type Lane = readonly Asked[];

/** The requests of a run, each put together once and for all. */
export function laneOf(requests: readonly Sent[]): Lane {
  return requests.map(({ method, path, headers, status, body, answer }) => {
    const created = path.endsWith("/runs/create") ? createdRun(answer.toString()) : undefined;
    return { method, path, headers, status, body, created };
  });
}

function createdRun(answer: string): string {
  return (JSON.parse(answer) as { run: { info: { run_id: string } } }).run.info.run_id;
}

/** Seconds for all lanes, so many at once. Ids of runs are those that the server gives this time. */
export async function replay(uri: string, lanes: readonly Lane[], atOnce: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const { hostname, port } = new URL(uri);
  const start = performance.now();
  const waiting = lanes.values();

  async function work(): Promise<void> {
    for (const lane of waiting) {
      let ids: Ids | undefined;
      for (const asked of lane) {
        const { status, text } = await send(asked, ids);
        if (status !== asked.status)
          throw new Error(`${asked.path} answers ${status}, before ${asked.status}: ${text}`);
        if (asked.created !== undefined) ids = { old: asked.created, now: createdRun(text) };
      }
    }
  }

  function send({ method, path, headers, body }: Asked, ids: Ids | undefined) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const options = {
        agent,
        hostname,
        port,
        method,
        path: ids ? path.replace(ids.old, ids.now) : path,
        headers: { ...headers, host: `${hostname}:${port}`, connection: "keep-alive" },
      };
      const asked = request(options, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
      });
      asked.on("error", reject);
      asked.end(ids ? renamed(body, ids) : body);
    });
  }

  await Promise.all(Array.from({ length: atOnce }, work));
  agent.destroy();
  return (performance.now() - start) / 1000;
}

interface Ids {
  readonly old: string;
  readonly now: string;
}

/** Both ids are as long, and a body names its run once. */
function renamed(body: Buffer, { old, now }: Ids): Buffer {
  const at = body.indexOf(old);
  if (at < 0) return body;
  const copy = Buffer.from(body);
  copy.write(now, at, "latin1");
  return copy;
}
