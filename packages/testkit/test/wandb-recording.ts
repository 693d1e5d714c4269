import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LeftRun, WandbServer, WandbServerOptions } from "../src/wandb-server/index.ts";

/** A request as the SDK made it. The texts of the operations are kept once, beside the requests. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  /** JSON where it was JSON; of an operation, with the number of its text in `queries`. */
  readonly json?: Readonly<Record<string, unknown>> & { readonly query?: number };
  /** Anything else, base64. */
  readonly bytes?: string;
}

export interface Recording {
  readonly sdk: string;
  readonly requests: readonly RecordedRequest[];
  readonly queries: readonly string[];
  /** What the server held in the end. */
  readonly left: Readonly<Record<string, unknown>>;
}

/** What the server of the recording says that it can. */
export const features: readonly string[] = ["MARK_RUN_FILES_UPLOADED"];

const keptHeaders = [
  "content-type",
  "content-encoding",
  "content-md5",
  "content-length",
  "user-agent",
  "accept-encoding",
];

export function recordingFile(sdk: string): string {
  return join(import.meta.dirname, `../../../test-fixtures/wandb/requests-${sdk}.json`);
}

export function readRecording(sdk: string): Recording {
  return JSON.parse(readFileSync(recordingFile(sdk), "utf8")) as Recording;
}

/** Takes down what a server is asked for. What tells of this machine is replaced. */
export function createRecorder(replacements: () => readonly (readonly [string | RegExp, string])[]) {
  const requests: RecordedRequest[] = [];
  const queries: string[] = [];

  const record: WandbServerOptions["record"] = ({ method, url, headers }, body, status) => {
    const kept = keptHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]));
    const request = { method, path: url.pathname + url.search, headers: Object.fromEntries(kept), status };
    if (body.length === 0) return void requests.push(request);
    const announced = headers["content-md5"] !== undefined || url.pathname.startsWith("/storage/artifacts/");
    const text = neutral(body.toString("utf8"), announced ? [] : replacements());
    if (url.pathname.startsWith("/storage/")) {
      return void requests.push({
        ...request,
        bytes: (announced || isBinary(body) ? body : Buffer.from(text)).toString("base64"),
      });
    }
    const json = JSON.parse(text) as Record<string, unknown>;
    requests.push({
      ...request,
      json: typeof json.query === "string" ? { ...json, query: numberOf(json.query) } : json,
    });
  };

  function numberOf(query: string): number {
    const at = queries.indexOf(query);
    return at === -1 ? queries.push(query) - 1 : at;
  }

  return {
    record,
    write(sdk: string, left: Recording["left"]) {
      const clean = JSON.parse(neutral(JSON.stringify(left), replacements())) as Recording["left"];
      const lines = requests.map((request) => `    ${JSON.stringify(request)}`).join(",\n");
      const texts = queries.map((query) => `    ${JSON.stringify(query)}`).join(",\n");
      writeFileSync(
        recordingFile(sdk),
        `{\n  "sdk": "${sdk}",\n  "requests": [\n${lines}\n  ],\n  "queries": [\n${texts}\n  ],\n  "left": ${JSON.stringify(clean)}\n}\n`,
      );
    },
  };
}

function neutral(text: string, replacements: readonly (readonly [string | RegExp, string])[]): string {
  return replacements.reduce((done, [from, to]) => done.replaceAll(from, to), text);
}

function isBinary(body: Buffer): boolean {
  return !Buffer.from(body.toString("utf8")).equals(body);
}

/** What a server holds of its runs, as JSON: files as their digests, without the server's own times. */
export async function leftBehind(server: WandbServer): Promise<Readonly<Record<string, unknown>>> {
  const paths = [...server.runs()].sort();
  const runs = await Promise.all(
    paths.map(async (path) => {
      const [entity, project, id] = path.split("/") as [string, string, string];
      return [path, plain((await server.run(entity, project, id))!)] as const;
    }),
  );
  return Object.fromEntries(runs);
}

function plain({ createdAt: _, files, ...left }: LeftRun): unknown {
  const sorted = [...files]
    .map(([path, { size }]) => [path, generated.test(path) ? "generated" : size] as const)
    .sort();
  // What was used is told by its name: it stands with the run that made it.
  const used = left.used.map(({ artifact: _made, ...named }) => named);
  return JSON.parse(JSON.stringify({ ...left, used, files: sorted, reported: [...left.reported].sort() }));
}

/** These tell of the machine, and are replaced in the recording. */
const generated = /^(config\.yaml|wandb-metadata\.json|requirements\.txt|wandb-summary\.json)$/;
