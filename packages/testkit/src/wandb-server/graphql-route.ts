import { type DocumentNode, execute, GraphQLError, parse, validate } from "graphql";
import type { Answer } from "./answer.ts";
import { artifactQueries } from "./resolvers/artifact-lookups.ts";
import { artifactUploads } from "./resolvers/artifact-uploads.ts";
import { artifactMutations } from "./resolvers/artifact-writes.ts";
import type { Fields, ServerContext } from "./resolvers/context.ts";
import { projectResolvers } from "./resolvers/projects.ts";
import { runFileMutations } from "./resolvers/run-files.ts";
import { runMutations } from "./resolvers/run-writes.ts";
import { viewerResolvers } from "./resolvers/viewer.ts";
import { wandbSchema } from "./schema.ts";

export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null;
  readonly operationName?: string | null;
}

export type GraphqlRoute = (request: GraphqlRequest) => Promise<Answer>;

/** Answers operations. A field, argument or type that the schema lacks fails the request with 400. */
export function createGraphqlRoute(context: ServerContext): GraphqlRoute {
  const rootValue: Fields = {
    ...viewerResolvers(context),
    ...projectResolvers(context),
    ...artifactQueries(context),
    ...runMutations(context),
    ...artifactMutations(context),
    ...artifactUploads(context),
    ...runFileMutations(context),
  };
  return async ({ query, variables, operationName }) => {
    const document = checked(query);
    if (!("kind" in document)) return { status: 400, body: { errors: document.map((error) => error.toJSON()) } };
    const result = await execute({
      schema: wandbSchema,
      document,
      rootValue,
      variableValues: variables ?? {},
      // The public API of the SDK sends an empty name.
      operationName: operationName || null,
    });
    const status = result.errors?.map(statusOf).find((code) => code !== undefined) ?? ("data" in result ? 200 : 400);
    return { status, body: { ...result, errors: result.errors?.map((error) => error.toJSON()) } };
  };
}

/** What every server of this process has been asked: clients have a few dozen queries, and tests start many servers. */
const documents = new Map<string, DocumentNode | readonly GraphQLError[]>();

function checked(query: string): DocumentNode | readonly GraphQLError[] {
  const found = documents.get(query) ?? check(query);
  documents.set(query, found);
  return found;
}

function check(query: string): DocumentNode | readonly GraphQLError[] {
  try {
    const document = parse(query);
    const errors = validate(wandbSchema, document);
    return errors.length > 0 ? errors : document;
  } catch (cause) {
    return [cause instanceof GraphQLError ? cause : new GraphQLError(String(cause))];
  }
}

function statusOf({ extensions: { status } }: GraphQLError): number | undefined {
  return typeof status === "number" ? status : undefined;
}
