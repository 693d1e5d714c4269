import { buildSchema, type GraphQLSchema } from "graphql";
import { artifactTypes } from "./schema-artifacts.ts";
import { runTypes } from "./schema-runs.ts";

/**
 * The schema, made up from the operations that the SDK sends: W&B publishes none. What no operation shows is not in it,
 * so a request for it fails.
 */
export const wandbSchema: GraphQLSchema = buildSchema(runTypes + artifactTypes);
