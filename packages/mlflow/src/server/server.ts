import { type ClientOptions, type MlflowClient, mlflowClient } from "../client/index.ts";
import { type BestModelOptions, type FoundModel, searchBestModels } from "./best-models.ts";
import {
  type ModelSource,
  type RegisteredVersion,
  type RegisterOptions,
  registeredVersion,
  registerModel,
  type Stage,
} from "./registry.ts";
import { type FoundRun, type RunSearchOptions, searchRuns } from "./search-runs.ts";

interface Asking {
  readonly signal?: AbortSignal;
}

/** What people ask an MLflow server for: its runs, its models and its registry. Versions are numbers, as in MLflow. */
export interface MlflowServer {
  /** Without credentials. */
  readonly uri: string;
  /** The runs that a filter, or options, choose; newest first. The server judges the filter. */
  searchRuns(chosen?: string | RunSearchOptions): Promise<readonly FoundRun[]>;
  /** The logged models with a metric, the best first: by the model's own value, or by the last of its run. */
  searchBestModels(metric: string, options: BestModelOptions): Promise<readonly FoundModel[]>;
  /** Gives the new version. Files are not copied. */
  registerModel(model: ModelSource, name: string, options?: RegisterOptions): Promise<RegisteredVersion>;
  /** All versions of a registered model, the newest first. */
  modelVersions(name: string, options?: Asking): Promise<readonly RegisteredVersion[]>;
  /** By number, or by alias. Throws `not_found`. */
  modelVersion(name: string, version: number | string, options?: Asking): Promise<RegisteredVersion>;
  transitionStage(
    name: string,
    version: number,
    stage: Stage,
    options?: Asking & { readonly archiveExisting?: boolean },
  ): Promise<RegisteredVersion>;
  /** An alias names one version: set for another, it moves. */
  setAlias(name: string, alias: string, version: number, options?: Asking): Promise<void>;
  deleteAlias(name: string, alias: string, options?: Asking): Promise<void>;
  setVersionTag(name: string, version: number, key: string, value: string, options?: Asking): Promise<void>;
  deleteModelVersion(name: string, version: number, options?: Asking): Promise<void>;
  /** The typed client of the REST interface, for everything else. */
  readonly client: MlflowClient;
  close(): void;
}

/** Nothing is asked before the first call, and nothing is tried twice. */
export function mlflowServer(options: ClientOptions = {}): MlflowServer {
  const client = mlflowClient(options);
  const { models } = client;
  return {
    uri: client.uri,
    searchRuns: (chosen = {}) => searchRuns(client, typeof chosen === "string" ? { filter: chosen } : chosen),
    searchBestModels: (metric, chosen) => searchBestModels(client, metric, chosen),
    registerModel: (model, name, more) => registerModel(client, model, name, more),
    async modelVersions(name, asking = {}) {
      const versions: RegisteredVersion[] = [];
      const filter = `name = '${name.replaceAll("'", "''")}'`;
      for await (const { version } of models.searchModelVersions({ filter, ...asking })) {
        versions.push(registeredVersion(await models.getModelVersion(name, version, asking))); // a search knows no aliases
      }
      return versions.sort((a, b) => b.version - a.version);
    },
    async modelVersion(name, version, asking) {
      const isNumber = /^\d+$/.test(String(version));
      const ask = isNumber ? models.getModelVersion : models.versionByAlias;
      return registeredVersion(await ask(name, String(version), asking));
    },
    transitionStage: async (name, version, stage, more) =>
      registeredVersion(await models.transitionStage(name, String(version), stage, more)),
    setAlias: (name, alias, version, asking) => models.setAlias(name, alias, String(version), asking),
    deleteAlias: (name, alias, asking) => models.deleteAlias(name, alias, asking),
    setVersionTag: (name, version, key, value, asking) =>
      models.setVersionTag(name, String(version), key, value, asking),
    deleteModelVersion: (name, version, asking) => models.deleteModelVersion(name, String(version), asking),
    client,
    close: () => client.close(),
  };
}
