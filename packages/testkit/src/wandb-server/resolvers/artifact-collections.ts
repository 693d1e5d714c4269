import { base64, type HeldArtifact, type HeldCollection, type HeldProject, isoTime } from "../state.ts";
import { artifactFields, membershipFields } from "./artifacts.ts";
import type { Fields, ServerContext } from "./context.ts";
import { type PageArguments, page } from "./page.ts";
import { projectFields } from "./projects.ts";

export function collectionFields(context: ServerContext, collection: HeldCollection): Fields {
  const committed = () => collection.versions.filter((artifact) => artifact !== undefined);
  return {
    __typename: collection.kind,
    id: collection.id,
    name: collection.name,
    description: null,
    createdAt: isoTime(collection.createdAt),
    updatedAt: null,
    project: () => projectFields(context, collection.project),
    defaultArtifactType: () => typeFields(context, collection.project, collection.type),
    tags: { edges: [] },
    state: "READY",
    digestAlgorithm: "MANIFEST_MD5",
    latestArtifact() {
      const latest = collection.aliases.get("latest") ?? committed().at(-1);
      return latest ? artifactFields(context, latest) : null;
    },
    aliases: (asked: PageArguments) =>
      page([...collection.aliases], asked, ([alias, artifact]) => ({
        node: { __typename: "ArtifactAlias", id: `${artifact.id}.${alias}`, alias },
      })),
    // The newest first.
    artifacts: (asked: PageArguments) =>
      page(committed().reverse(), asked, (artifact) => ({
        version: `v${artifact.version}`,
        node: artifactFields(context, artifact),
      })),
    artifactMembership({ aliasName }: { readonly aliasName: string }) {
      const artifact = memberOf(collection, aliasName);
      return artifact ? membershipFields(context, collection, artifact) : null;
    },
  };
}

export function typeFields(context: ServerContext, project: HeldProject, name: string): Fields {
  const own = () => [...project.collections.values()].filter(({ type }) => type === name);
  return {
    __typename: "ArtifactType",
    id: base64(`ArtifactType:${project.number}:${name}`),
    name,
    description: null,
    createdAt: isoTime(project.createdAt),
    artifactCollections: (asked: PageArguments) =>
      page(own(), asked, (collection) => ({ node: collectionFields(context, collection) })),
    artifactCollection({ name: wanted }: { readonly name: string }) {
      const collection = own().find((held) => held.name === wanted);
      return collection ? collectionFields(context, collection) : null;
    },
  };
}

/** The version that an alias, or `v` with its number, stands for. */
export function memberOf(collection: HeldCollection, alias: string): HeldArtifact | undefined {
  const [, version] = /^v(\d+)$/.exec(alias) ?? [];
  return version === undefined ? collection.aliases.get(alias) : collection.versions[Number(version)];
}
