import { readFileSync } from "node:fs";
import {
  type ArgumentNode,
  type DocumentNode,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { wandbSchema } from "./schema.ts";

/** A request as far as its fields go; what `requests()` of the server gives is one. */
export interface FieldsRequest {
  readonly kind: string;
  readonly body?: unknown;
}

interface Recorded {
  readonly requests: readonly { readonly path: string; readonly json?: { readonly query?: number } }[];
  readonly queries: readonly string[];
}

let known: ReadonlySet<string> | undefined;

/**
 * The fields of a request that the SDK never sends: `Run.state` is asked for, `Query.project(name)` and
 * `UpsertBucketInput.config` are told, `file_stream files.output.log.offset` is streamed.
 */
export function unknownFields(request: FieldsRequest): readonly string[] {
  known ??= new Set(recordedRequests().flatMap(sentFields));
  const sent = known;
  return sentFields(request).filter((field) => !sent.has(field));
}

/** All fields of a request to GraphQL or file_stream; of any other there are none. */
export function sentFields({ kind, body }: FieldsRequest): readonly string[] {
  if (typeof body !== "object" || body === null) return [];
  if (kind === "file_stream") return streamFields(body);
  return kind === "graphql" && "query" in body ? operationFields(body as Operation) : [];
}

function recordedRequests(): readonly FieldsRequest[] {
  return ["requests-0.31.0.json", "requests-large-0.31.0.json"].flatMap((name) => requestsIn(name));
}

function requestsIn(name: string): readonly FieldsRequest[] {
  const file = new URL(`../../../../test-fixtures/wandb/${name}`, import.meta.url);
  const { requests, queries } = JSON.parse(readFileSync(file, "utf8")) as Recorded;
  return requests.flatMap(({ path, json }): FieldsRequest[] => {
    if (path.endsWith("/file_stream")) return [{ kind: "file_stream", body: json }];
    return json?.query === undefined ? [] : [{ kind: "graphql", body: { ...json, query: queries[json.query] } }];
  });
}

function streamFields(body: object): readonly string[] {
  return Object.entries(body).flatMap(([key, value]) => {
    if (key !== "files" || typeof value !== "object" || value === null) return [`file_stream ${key}`];
    return Object.entries(value as Record<string, object>).flatMap(([file, chunk]) =>
      Object.keys(chunk).map((part) => `file_stream files.${file}.${part}`),
    );
  });
}

interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

function operationFields({ query, variables }: Operation): readonly string[] {
  const document: DocumentNode = parse(query);
  const types = new TypeInfo(wandbSchema);
  const fields = new Set<string>();
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const parent = types.getParentType()?.name;
        if (node.name.value.startsWith("__")) return;
        fields.add(`${parent}.${node.name.value}`);
        node.arguments?.forEach((argument: ArgumentNode) => {
          fields.add(`${parent}.${node.name.value}(${argument.name.value})`);
        });
      },
      ObjectField(node) {
        const parent = types.getParentInputType();
        if (parent) fields.add(`${getNamedType(parent).name}.${node.name.value}`);
      },
      VariableDefinition(node) {
        const type = typeFromAST(wandbSchema, node.type) as GraphQLInputType | undefined;
        if (type) for (const field of valueFields(type, variables?.[node.variable.name.value])) fields.add(field);
      },
    }),
  );
  return [...fields];
}

/** The fields of input objects in the value of a variable. */
function valueFields(type: GraphQLInputType, value: unknown): readonly string[] {
  if (isNonNullType(type)) return valueFields(type.ofType, value);
  if (isListType(type)) return Array.isArray(value) ? value.flatMap((item) => valueFields(type.ofType, item)) : [];
  if (!isInputObjectType(type) || typeof value !== "object" || value === null) return [];
  const inner = type.getFields();
  return Object.entries(value).flatMap(([key, item]) => {
    const field = inner[key];
    return [`${type.name}.${key}`, ...(field ? valueFields(field.type, item) : [])];
  });
}
