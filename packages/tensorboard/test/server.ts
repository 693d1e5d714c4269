import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A TensorBoard of its own, on a free port of the loopback. */
export interface TensorBoardServer {
  /** Of its page, with a slash at the end. */
  readonly address: string;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  form(path: string, fields: { readonly [name: string]: string }): Promise<unknown>;
  bytes(path: string): Promise<Uint8Array>;
  stop(): Promise<void>;
}

const samples = "scalars=1000000,images=1000,text=1000,histograms=1000,audio=1000";

/** Which of TensorBoard's two readers loads the files. */
export type Loader = "python" | "rustboard";

export async function startTensorBoard(python: string, logdir: string, loader: Loader): Promise<TensorBoardServer> {
  const words = ["-W", "ignore", "-m", "tensorboard.main", "--logdir", logdir, "--port", "0", "--host", "127.0.0.1"];
  const more = [
    "--load_fast",
    loader === "rustboard" ? "true" : "false",
    "--samples_per_plugin",
    samples,
    "--reload_interval",
    "1",
  ];
  const child = spawn(python, [...words, ...more], { stdio: ["ignore", "ignore", "pipe"] });
  const address = await addressOf(child);
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(`${address}data/${path}`, init);
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
    return response;
  };
  return {
    address,
    get: async (path) => (await ask(path)).json(),
    post: async (path, body) => {
      const headers = { "content-type": "application/json" };
      return (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
    },
    form: async (path, fields) => (await ask(path, { method: "POST", body: new URLSearchParams(fields) })).json(),
    bytes: async (path) => new Uint8Array(await (await ask(path)).arrayBuffer()),
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  let said = "";
  for await (const piece of child.stderr!) {
    said += String(piece);
    const found = /TensorBoard \S+ at (http:\/\/[^\s]+)/.exec(said);
    if (found) {
      child.stderr!.resume();
      return found[1]!;
    }
  }
  throw new Error(`TensorBoard did not start:\n${said}`);
}

/** Asks again until the answer is right: TensorBoard loads in the background. */
export async function until<T>(
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  patienceMs = 20_000,
): Promise<T> {
  const start = Date.now();
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined && isRight(answer)) return answer;
    if (Date.now() - start > patienceMs) return ask();
    await new Promise((done) => setTimeout(done, 200));
  }
}
