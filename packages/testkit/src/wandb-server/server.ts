import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { type Answer, type Arrived, bytesOf } from "./answer.ts";
import { createCredentials } from "./credentials.ts";
import { createFaults, type Fault, type FaultSchedule, type WandbFaults } from "./faults.ts";
import { createGraphqlRoute } from "./graphql-route.ts";
import { type LeftRun, leftRun } from "./left-run.ts";
import { listen, send } from "./listen.ts";
import { createRateLimiter, type RateLimit } from "./rate-limit.ts";
import { createRequests, kindOf, type RequestKind, type SeenRequest } from "./requests.ts";
import { createRoutes } from "./routes.ts";
import { unknownFields } from "./sent-fields.ts";
import { createState, type HeldRun } from "./state.ts";
import { createStorage } from "./storage.ts";

export interface WandbServerOptions {
  /** The entity that the key belongs to. Default: `ferry`. */
  readonly entity?: string;
  /** Further entities that the key may write to. */
  readonly teams?: readonly string[];
  readonly apiKey?: string;
  /** A JWT that is exchanged for a token. Default: none is. */
  readonly identityToken?: string;
  /** Server features that are on. Default: none. */
  readonly features?: readonly string[];
  /** Without it only what is planned goes wrong. */
  readonly faults?: FaultSchedule;
  readonly rateLimit?: RateLimit;
  readonly now?: () => number;
  /** Whether a field that the SDK never sends is one of the `failures()`. Default: false. */
  readonly strict?: boolean;
  /** Is told of each request that was acted on, in that order, with the bytes that it brought. Holds them in memory. */
  readonly record?: (arrived: Arrived, body: Buffer, status: number) => void;
}

/** A W&B server on loopback, which makes trouble when told to. What it holds is gone when it is closed. */
export interface WandbServer {
  readonly url: string;
  /** Where signed addresses lead to: an object store is another host, so that no credentials go there by accident. */
  readonly storageUrl: string;
  readonly apiKey: string;
  readonly entity: string;
  readonly faults: WandbFaults;
  requests(): readonly SeenRequest[];
  /** How many requests there were, also those no longer remembered. */
  requestCount(kind?: RequestKind): number;
  /** What a well-behaved client never does: credentials at the object store, an upload without its length … */
  failures(): readonly string[];
  /** What the server holds of a run; undefined where there is none. */
  run(entity: string, project: string, id: string): Promise<LeftRun | undefined>;
  /** `entity/project/id` of every run. */
  runs(): readonly string[];
  /** Somebody deletes the run; its id is never given out again. */
  deleteRun(entity: string, project: string, id: string): void;
  /** Somebody asks for the run to stop. */
  stopRun(entity: string, project: string, id: string): void;
  /** The heartbeats of the run are taken to have ceased. */
  crashRun(entity: string, project: string, id: string): void;
  /** From now on requests to file_stream are counted; undefined: no longer. */
  setRateLimit(limit: RateLimit | undefined): void;
  /** From now on every request that needs the key is answered with 401, or no longer. */
  setLocked(locked: boolean): void;
  /** Signed addresses that were given out are no longer valid. */
  expireAddresses(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startWandbServer(options: WandbServerOptions = {}): Promise<WandbServer> {
  const { entity = "ferry", teams = [], apiKey = "runferry".padEnd(40, "0"), now = Date.now } = options;
  const state = createState(entity, now);
  const storage = createStorage(state, () => store.url);
  const faults = createFaults(options.faults);
  const requests = createRequests(now);
  const limiter = createRateLimiter(now);
  limiter.set(options.rateLimit);
  const credentials = createCredentials(apiKey, options.identityToken);
  const graphql = createGraphqlRoute({
    state,
    storage,
    base: () => api.url,
    features: options.features ?? [],
    entities: [entity, ...teams],
  });
  const prepare = createRoutes({ state, storage, graphql, credentials, limiter, keepBody });

  function keepBody(seen: SeenRequest, body: unknown, bytes: number): void {
    requests.keepBody(seen, body, bytes);
    if (options.strict !== true) return;
    for (const field of unknownFields({ kind: seen.kind, body })) {
      storage.failures.push(`${seen.operation ?? seen.kind} with ${field}, which the SDK never sends`);
    }
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    kind: (path: string) => RequestKind,
  ): Promise<void> {
    const body = options.record && (await bytesOf(request));
    const arrived: Arrived = {
      method: request.method ?? "GET",
      url: new URL(request.url ?? "/", "http://127.0.0.1"),
      headers: request.headers,
      content: body ? Readable.from([body]) : request,
    };
    const seen = requests.see(arrived, kind(arrived.url.pathname));
    const act = await prepare(arrived, seen);
    const fault = faults.draw(seen);
    if (fault) return fail(fault, act, seen, request, response);
    const answer = await act();
    seen.status = answer.status;
    if (body) options.record?.(arrived, body, answer.status);
    await send(request, response, answer);
  }

  async function fail(
    { acted = false, answer = "reset" }: Fault,
    act: () => Promise<Answer> | Answer,
    seen: SeenRequest,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const late = typeof answer === "object" && "lateMs" in answer;
    const done = acted || late ? await act() : undefined;
    if (answer === "reset") return void request.socket.destroy();
    if (late) await new Promise((resolve) => setTimeout(resolve, answer.lateMs));
    const said = late ? done! : answer === "not json" ? { status: 200, body: htmlPage } : { body: "", ...answer };
    seen.status = said.status;
    await send(request, response, said);
  }

  const api = await listen((request, response) => serve(request, response, kindOf));
  const store = await listen((request, response) => serve(request, response, () => "storage"));

  function held(owner: string, project: string, id: string): HeldRun {
    const run = state.project(owner, project)?.runs.get(id);
    if (!run) throw new Error(`the server holds no run ${owner}/${project}/${id}`);
    return run;
  }

  async function close(): Promise<void> {
    await api.close();
    await store.close();
    storage.close();
  }

  return {
    url: api.url,
    storageUrl: store.url,
    apiKey,
    entity,
    faults,
    requests: requests.all,
    requestCount: requests.count,
    failures: () => storage.failures,
    async run(owner, project, id) {
      const run = state.project(owner, project)?.runs.get(id);
      return run && leftRun(state, run);
    },
    runs: () => [...state.runsById.values()].map((run) => `${run.project.entity}/${run.project.name}/${run.name}`),
    deleteRun(owner, project, id) {
      const run = held(owner, project, id);
      run.project.runs.delete(id);
      run.project.deleted.add(id);
      state.runsById.delete(run.id);
    },
    stopRun(owner, project, id) {
      held(owner, project, id).stopping = true;
    },
    crashRun(owner, project, id) {
      held(owner, project, id).state = "crashed";
    },
    setRateLimit: limiter.set,
    setLocked: credentials.setLocked,
    expireAddresses: storage.expire,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const htmlPage = "<!doctype html><title>Sign in to the network</title>";
