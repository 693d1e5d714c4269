import { base64 } from "../state.ts";
import type { Fields, ServerContext } from "./context.ts";

/** Who is asking, and what the server can do. */
export function viewerResolvers(context: ServerContext): Fields {
  const { state, entities, features } = context;
  return {
    viewer: () => userFields(entities),
    serverInfo: () => ({
      features: features.map((name) => ({ name, isEnabled: true })),
      cliVersionInfo: { max_cli_version: "99.0.0" },
    }),
    entity({ name }: { readonly name?: string | null }) {
      const asked = name || state.entity;
      return entities.includes(asked) ? entityFields(entities, asked) : null;
    },
    organization: () => null,
  };
}

export function userFields(entities: readonly string[]): Fields {
  const [name = ""] = entities;
  return {
    id: base64(`User:${name}`),
    name,
    username: name,
    email: `${name}@example.invalid`,
    admin: false,
    flags: "{}",
    entity: name,
    deletedAt: null,
    apiKeys: { edges: [] },
    teams: { edges: entities.map((entity) => ({ node: { id: base64(`Entity:${entity}`), name: entity } })) },
  };
}

function entityFields(entities: readonly string[], name: string): Fields {
  return {
    id: base64(`Entity:${name}`),
    name,
    organization: null,
    user: userFields(entities),
    xxhashDigestsEnabled: false,
  };
}
