import { RunferryError } from "@runferry/core";
import { type Artifacts, createArtifacts } from "./artifacts.ts";
import { type ConnectionOptions, resolveConnection, type WandbMode } from "./connection.ts";
import { createFileStream, type FileStream } from "./file-stream.ts";
import { createGraphql } from "./graphql.ts";
import { featuresQuery, viewerQuery } from "./run-queries.ts";
import { createRuns, type Runs } from "./runs.ts";
import { createLets } from "./sign-in.ts";
import { createStorage, type Storage } from "./storage.ts";
import type { Asking, RunPath, Viewer } from "./types.ts";
import { createWire } from "./wire.ts";

/** Everything of a W&B server, typed. Nothing is ever tried twice: that is up to whoever calls. */
export interface WandbClient {
  /** Without credentials. */
  readonly baseUrl: string;
  readonly appUrl: string;
  /** What the options, the environment and the settings files say; undefined where none does. */
  readonly entity: string | undefined;
  readonly project: string | undefined;
  readonly mode: WandbMode;
  /** Whose key it is. Throws `needs_credentials` where the server does not know the key. */
  viewer(asking?: Asking): Promise<Viewer>;
  /** The names of the features that are switched on there. */
  serverFeatures(asking?: Asking): Promise<ReadonlySet<string>>;
  readonly runs: Runs;
  readonly artifacts: Artifacts;
  readonly fileStream: FileStream;
  readonly storage: Storage;
  /** The page of a run, for people. */
  runUrl(path: RunPath): string;
  /** Ends what is under way. Afterwards every call throws `closed`. */
  close(): Promise<void>;
}

export type ClientOptions = ConnectionOptions;

export function wandbClient(options: ClientOptions = {}): WandbClient {
  const connection = resolveConnection(options);
  const { baseUrl, appUrl, entity, project, mode } = connection;
  const wire = createWire(connection);
  const lets = createLets(wire, connection);
  const graphql = createGraphql(wire, connection, lets);
  return {
    baseUrl,
    appUrl,
    entity,
    project,
    mode,
    async viewer(asking) {
      const data = await graphql<{ readonly viewer: RawViewer | null }>(viewerQuery, {}, asking);
      if (!data.viewer) throw unknownKey(baseUrl, connection.credentials?.from);
      const { id, entity, username, teams } = data.viewer;
      return { id, entity, username: username ?? undefined, teams: (teams?.edges ?? []).map(({ node }) => node.name) };
    },
    async serverFeatures(asking) {
      const { serverInfo } = await graphql<{ readonly serverInfo: RawServerInfo | null }>(featuresQuery, {}, asking);
      return new Set((serverInfo?.features ?? []).flatMap(({ name, isEnabled }) => (isEnabled && name ? [name] : [])));
    },
    runs: createRuns(graphql),
    artifacts: createArtifacts(graphql),
    fileStream: createFileStream(wire, connection, lets),
    storage: createStorage(wire),
    runUrl: (path) => {
      const [entity, project, run] = [path.entity, path.project, path.run].map(encodeURIComponent);
      return `${appUrl}/${entity}/${project}/runs/${run}`;
    },
    close: () => wire.close(),
  };
}

interface RawViewer {
  readonly id: string;
  readonly entity: string;
  readonly username: string | null;
  readonly teams: { readonly edges: readonly { readonly node: { readonly name: string } }[] } | null;
}

interface RawServerInfo {
  readonly features: readonly { readonly name: string | null; readonly isEnabled: boolean }[] | null;
}

function unknownKey(baseUrl: string, from: string | undefined): RunferryError {
  return new RunferryError("needs_credentials", `${baseUrl} does not know the API key in ${from}`, {
    hint: "set WANDB_API_KEY to a key of this server, or run `wandb login`",
    data: "nothing was written",
  });
}
