import { GraphQLError } from "graphql";

/** What the server will not do; it is answered with this HTTP status and the text as a GraphQL error. */
export function refusal(status: number, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { status } });
}
