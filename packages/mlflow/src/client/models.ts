import { isRunferryError } from "@runferry/core";
import { allPages } from "./paging.ts";
import type { Asking } from "./tracking.ts";
import type { Transport } from "./transport.ts";
import type { KeyValue, LoggedModel, ModelVersion, RegisteredModel } from "./types.ts";

export interface NewLoggedModel {
  readonly experimentId: string;
  readonly name?: string;
  readonly type?: string;
  readonly runId?: string;
  readonly params?: readonly KeyValue[];
  readonly tags?: readonly KeyValue[];
}

export interface NewModelVersion {
  readonly source: string;
  readonly runId?: string;
  readonly modelId?: string;
  readonly description?: string;
  readonly tags?: readonly KeyValue[];
}

/** Logged models and the model registry. */
export interface Models {
  createLoggedModel(model: NewLoggedModel, more?: Asking): Promise<LoggedModel>;
  getLoggedModel(id: string, more?: Asking): Promise<LoggedModel>;
  setLoggedModelStatus(
    id: string,
    status: "LOGGED_MODEL_READY" | "LOGGED_MODEL_UPLOAD_FAILED",
    more?: Asking,
  ): Promise<void>;
  setLoggedModelTags(id: string, tags: readonly KeyValue[], more?: Asking): Promise<void>;
  searchLoggedModels(
    search: Asking & { readonly experimentIds: readonly string[]; readonly filter?: string },
  ): AsyncIterable<LoggedModel>;
  /** Where the name is taken already, that is the answer. */
  createRegisteredModel(
    name: string,
    more?: Asking & { readonly description?: string; readonly tags?: readonly KeyValue[] },
  ): Promise<"created" | "exists">;
  getRegisteredModel(name: string, more?: Asking): Promise<RegisteredModel>;
  searchRegisteredModels(search?: Asking & { readonly filter?: string }): AsyncIterable<RegisteredModel>;
  deleteRegisteredModel(name: string, more?: Asking): Promise<void>;
  createModelVersion(name: string, version: NewModelVersion, more?: Asking): Promise<ModelVersion>;
  getModelVersion(name: string, version: string, more?: Asking): Promise<ModelVersion>;
  searchModelVersions(search: Asking & { readonly filter?: string }): AsyncIterable<ModelVersion>;
  deleteModelVersion(name: string, version: string, more?: Asking): Promise<void>;
  transitionStage(
    name: string,
    version: string,
    stage: string,
    more?: Asking & { readonly archiveExisting?: boolean },
  ): Promise<ModelVersion>;
  setAlias(name: string, alias: string, version: string, more?: Asking): Promise<void>;
  deleteAlias(name: string, alias: string, more?: Asking): Promise<void>;
  versionByAlias(name: string, alias: string, more?: Asking): Promise<ModelVersion>;
  setVersionTag(name: string, version: string, key: string, value: string, more?: Asking): Promise<void>;
}

const root = "/api/2.0/mlflow";

export function createModels({ json }: Pick<Transport, "json">): Models {
  type Method = "GET" | "POST" | "PATCH" | "DELETE";
  const ask = <T extends object>(method: Method, path: string, fields: object, { signal }: Asking = {}) =>
    json<T>({
      method,
      path: `${root}/${path}`,
      ...(method === "GET" ? { query: { ...fields } } : { body: fields }),
      signal,
    });
  const done = async (method: Method, path: string, fields: object, asking?: Asking) => {
    await ask(method, path, fields, asking);
  };
  const version = async (method: Method, path: string, fields: object, asking?: Asking) =>
    (await ask<{ model_version: ModelVersion }>(method, path, fields, asking)).model_version;

  return {
    async createLoggedModel({ experimentId, name, type, runId, params, tags }, asking) {
      const fields = { experiment_id: experimentId, name, model_type: type, source_run_id: runId, params, tags };
      return (await ask<{ model: LoggedModel }>("POST", "logged-models", fields, asking)).model;
    },
    getLoggedModel: async (id, asking) =>
      (await ask<{ model: LoggedModel }>("GET", `logged-models/${encodeURIComponent(id)}`, {}, asking)).model,
    setLoggedModelStatus: (id, status, asking) =>
      done("PATCH", `logged-models/${encodeURIComponent(id)}`, { model_id: id, status }, asking),
    setLoggedModelTags: (id, tags, asking) =>
      done("PATCH", `logged-models/${encodeURIComponent(id)}/tags`, { tags }, asking),
    searchLoggedModels: ({ experimentIds, filter, ...asking }) =>
      allPages(
        (token) =>
          ask<{ models?: readonly LoggedModel[]; next_page_token?: string }>(
            "POST",
            "logged-models/search",
            { experiment_ids: experimentIds, filter, max_results: 50, page_token: token },
            asking,
          ),
        (page) => page.models,
      ),
    async createRegisteredModel(name, { description, tags, ...asking } = {}) {
      try {
        await ask("POST", "registered-models/create", { name, description, tags }, asking);
        return "created";
      } catch (cause) {
        if (isRunferryError(cause, "refused") && /RESOURCE_ALREADY_EXISTS/.test(cause.message)) return "exists";
        throw cause;
      }
    },
    getRegisteredModel: async (name, asking) =>
      (await ask<{ registered_model: RegisteredModel }>("GET", "registered-models/get", { name }, asking))
        .registered_model,
    searchRegisteredModels: ({ filter, ...asking } = {}) =>
      allPages(
        (token) =>
          ask<{ registered_models?: readonly RegisteredModel[]; next_page_token?: string }>(
            "GET",
            "registered-models/search",
            { filter, max_results: 1000, page_token: token },
            asking,
          ),
        (page) => page.registered_models,
      ),
    deleteRegisteredModel: (name, asking) => done("DELETE", "registered-models/delete", { name }, asking),
    createModelVersion: (name, { source, runId, modelId, description, tags }, asking) =>
      version(
        "POST",
        "model-versions/create",
        { name, source, run_id: runId, model_id: modelId, description, tags },
        asking,
      ),
    getModelVersion: (name, number, asking) => version("GET", "model-versions/get", { name, version: number }, asking),
    searchModelVersions: ({ filter, ...asking }) =>
      allPages(
        (token) =>
          ask<{ model_versions?: readonly ModelVersion[]; next_page_token?: string }>(
            "GET",
            "model-versions/search",
            { filter, max_results: 10_000, page_token: token },
            asking,
          ),
        (page) => page.model_versions,
      ),
    deleteModelVersion: (name, number, asking) =>
      done("DELETE", "model-versions/delete", { name, version: number }, asking),
    transitionStage: (name, number, stage, { archiveExisting = false, ...asking } = {}) =>
      version(
        "POST",
        "model-versions/transition-stage",
        { name, version: number, stage, archive_existing_versions: archiveExisting },
        asking,
      ),
    setAlias: (name, alias, number, asking) =>
      done("POST", "registered-models/alias", { name, alias, version: number }, asking),
    deleteAlias: (name, alias, asking) => done("DELETE", "registered-models/alias", { name, alias }, asking),
    versionByAlias: (name, alias, asking) => version("GET", "registered-models/alias", { name, alias }, asking),
    setVersionTag: (name, number, key, value, asking) =>
      done("POST", "model-versions/set-tag", { name, version: number, key, value }, asking),
  };
}
