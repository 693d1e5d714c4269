import { refusal } from "../refusal.ts";
import type { HeldArtifact, HeldCollection, HeldProject, WandbState } from "../state.ts";
import { collectionFields, memberOf, typeFields } from "./artifact-collections.ts";
import { artifactFields, membershipFields } from "./artifacts.ts";
import type { Fields, ServerContext } from "./context.ts";
import { type PageArguments, page } from "./page.ts";

/** What a project tells of its artifacts. */
export function artifactLookups(context: ServerContext, project: HeldProject): Fields {
  const types = () => [...new Set([...project.collections.values()].map(({ type }) => type))];
  return {
    artifact({ name }: { readonly name: string }) {
      const found = byName(project, name);
      return found ? artifactFields(context, found.artifact) : null;
    },
    artifactType({ name }: { readonly name: string }) {
      return types().includes(name) ? typeFields(context, project, name) : null;
    },
    artifactTypes: (asked: PageArguments) =>
      page(types(), asked, (name) => ({ node: typeFields(context, project, name) })),
    artifactCollection({ name }: { readonly name: string }) {
      const collection = project.collections.get(name);
      return collection ? collectionFields(context, collection) : null;
    },
    artifactCollections: (asked: PageArguments) =>
      page([...project.collections.values()], asked, (held) => ({ node: collectionFields(context, held) })),
    artifactCollectionMembership({ name }: { readonly name: string }) {
      const found = byName(project, name);
      return found ? membershipFields(context, found.collection, found.artifact) : null;
    },
  };
}

/** `NAME:alias`; without an alias the latest. */
function byName(
  project: HeldProject,
  name: string,
): { readonly collection: HeldCollection; readonly artifact: HeldArtifact } | undefined {
  const [, collectionName = "", alias] = /^([^:]+)(?::(.+))?$/s.exec(name) ?? [];
  const collection = project.collections.get(collectionName);
  const artifact = collection && memberOf(collection, alias ?? "latest");
  return artifact && { collection, artifact };
}

export function artifactById(state: WandbState, id: string | null | undefined): HeldArtifact {
  const artifact = state.artifacts.get(id ?? "");
  if (!artifact) throw refusal(404, `artifact ${id} not found`);
  return artifact;
}

export function artifactQueries(context: ServerContext): Fields {
  const { state } = context;
  return {
    artifact({ id }: { readonly id: string }) {
      const artifact = state.artifacts.get(id);
      return artifact ? artifactFields(context, artifact) : null;
    },
    artifactCollection({ id }: { readonly id: string }) {
      const all = [...state.projects.values()].flatMap(({ collections }) => [...collections.values()]);
      const collection = all.find((held) => held.id === id);
      return collection ? collectionFields(context, collection) : null;
    },
    clientIDMapping({ clientID }: { readonly clientID: string }) {
      const artifact = [...state.artifacts.values()].find(({ clientId }) => clientId === clientID);
      return artifact ? { serverID: artifact.id } : null;
    },
  };
}
