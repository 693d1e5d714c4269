import { createHash } from "node:crypto";
import { isJsonList, isJsonObject, type Json, parseJson } from "@runferry/core";
import { createHeldRun, type HeldRun, isSaidFacts, problemOfFacts, type SaidFacts } from "./toy-server-runs.ts";

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: Uint8Array;
}

export interface Answered {
  readonly status: number;
  readonly body: Json | Uint8Array;
}

/** What the server does, without the network. */
export interface ServerRoutes {
  answer(asked: Asked): Answered;
  remove(run: string): void;
  readonly runs: ReadonlyMap<string, HeldRun>;
}

export function createServerRoutes(longestEntry: number): ServerRoutes {
  const runs = new Map<string, HeldRun>();
  let created = 0;

  function answer({ method, url, body }: Asked): Answered {
    const [, root, id, part, name] = url.pathname.split("/").map(decodeURIComponent);
    if (root !== "runs") return failed(400, "there is nothing here");
    if (id === undefined) return method === "POST" ? create(jsonOf(body)) : list(url.searchParams.get("run"));
    const run = runs.get(id);
    if (!run) return failed(404, `there is no run ${id}`);
    if (part === undefined) return { status: 200, body: run.json() };
    if (part === "facts" && method === "POST") return tell(run, jsonOf(body));
    if (part === "lines" && method === "PUT") return putLines(run, url, jsonOf(body));
    if (part !== "files" || name === undefined) return failed(400, "there is nothing here");
    return method === "PUT" ? putFile(run, name, url, body) : getFile(run, name, url);
  }

  /** Creates what is asked for, whether or not there is one like it: looking first is the client's affair. */
  function create(body: Json): Answered {
    if (!isJsonObject(body) || typeof body.run !== "string") return failed(400, "run: must be text");
    const run = createHeldRun(`r-${++created}`, body.run);
    runs.set(run.id, run);
    return { status: 201, body: { id: run.id } };
  }

  function list(wanted: string | null): Answered {
    const found = [...runs.values()].filter(({ run }) => wanted === null || run === wanted);
    return { status: 200, body: found.map(({ id, run }) => ({ id, run })) };
  }

  function tell(run: HeldRun, body: Json): Answered {
    if (!isSaidFacts(body)) return failed(400, "these are no facts");
    const said = body as unknown as SaidFacts;
    const problem = problemOfFacts(said, longestEntry);
    if (problem) return { status: 422, body: { error: problem.problem, seq: problem.seq } };
    run.tell(said);
    return { status: 200, body: {} };
  }

  function putLines(run: HeldRun, url: URL, body: Json): Answered {
    if (!isJsonList(body)) return failed(400, "lines: must be a list");
    const offset = Number(url.searchParams.get("offset"));
    const done = run.putLines(url.searchParams.get("stream") ?? "", offset, body);
    return done ? { status: 200, body: {} } : failed(400, `lines before ${offset} are missing`);
  }

  return {
    answer,
    remove(wanted) {
      for (const [id, { run }] of runs) if (run === wanted) runs.delete(id);
    },
    runs,
  };
}

function putFile(run: HeldRun, sha256: string, url: URL, body: Uint8Array): Answered {
  const bytes = Number(url.searchParams.get("bytes"));
  if (body.length !== bytes) return failed(422, `${body.length} bytes came, ${bytes} were announced`);
  if (createHash("sha256").update(body).digest("hex") !== sha256) return failed(422, "the sha256 is another");
  run.files.set(sha256, body);
  return { status: 201, body: {} };
}

function getFile(run: HeldRun, sha256: string, url: URL): Answered {
  const bytes = run.files.get(sha256);
  if (!bytes) return failed(404, "there is no such file");
  return { status: 200, body: bytes.subarray(Number(url.searchParams.get("start") ?? 0)) };
}

function failed(status: number, error: string): Answered {
  return { status, body: { error } };
}

function jsonOf(body: Uint8Array): Json {
  return parseJson(new TextDecoder().decode(body));
}
