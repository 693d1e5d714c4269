import { refusal } from "../refusal.ts";
import type { HeldArtifact, HeldCollection, HeldProject, HeldRun } from "../state.ts";
import type { AliasInput, CreateArtifactInput, LinkInput, UpdateInput, UseInput } from "./artifact-inputs.ts";
import { artifactById } from "./artifact-lookups.ts";
import { artifactFields, membershipFields } from "./artifacts.ts";
import type { Fields, ServerContext } from "./context.ts";

/** Artifacts are made, changed, linked and used; how their bytes come is in artifact-uploads.ts. */
export function artifactMutations(context: ServerContext): Fields {
  const { state, entities } = context;

  function create(input: CreateArtifactInput): HeldArtifact {
    // A run that was offline did not know its entity.
    const entity = input.entityName || state.entity;
    if (!entities.includes(entity)) throw refusal(403, "permission denied");
    if (input.digestAlgorithm !== "MANIFEST_MD5") throw refusal(400, `${input.digestAlgorithm} is not supported`);
    const project = state.ensureProject(entity, input.projectName);
    const run = runOf(project, input.runName);
    const name = input.artifactCollectionName ?? input.artifactCollectionNames?.[0] ?? "";
    const collection = ensureCollection(project, name, "ArtifactSequence", input.artifactTypeName);
    const aliases = (input.aliases ?? []).map(aliasOf);
    const same = input.enableDigestDeduplication === true ? collection.versions.find(sameAs(input)) : undefined;
    const pending = [...state.artifacts.values()].find(
      (held) => held.clientId !== null && held.clientId === input.clientID && held.state === "PENDING",
    );
    const artifact = same ?? pending ?? newArtifact(collection, run, input);
    for (const alias of aliases) {
      if (artifact.state === "COMMITTED") collection.aliases.set(alias, artifact);
      else artifact.wantedAliases.add(alias);
    }
    run?.outputs.add(artifact);
    return artifact;
  }

  function newArtifact(collection: HeldCollection, run: HeldRun | undefined, input: CreateArtifactInput): HeldArtifact {
    const artifact: HeldArtifact = {
      ...state.newId("Artifact"),
      collection,
      digest: input.digest,
      clientId: input.clientID ?? null,
      createdAt: state.now(),
      createdBy: run,
      historyStep: input.historyStep ?? null,
      description: input.description ?? null,
      metadata: input.metadata ?? null,
      ttlDurationSeconds: input.ttlDurationSeconds ?? 0,
      tags: (input.tags ?? []).map(({ tagName }) => tagName),
      wantedAliases: new Set(),
      version: undefined,
      state: "PENDING",
      updatedAt: null,
      manifest: undefined,
      entries: [],
    };
    state.artifacts.set(artifact.id, artifact);
    return artifact;
  }

  function ensureCollection(
    project: HeldProject,
    name: string,
    kind: HeldCollection["kind"],
    type: string,
  ): HeldCollection {
    if (!/^[\w.-]{1,128}$/.test(name)) throw refusal(400, `invalid artifact name ${JSON.stringify(name)}`);
    const there = project.collections.get(name);
    if (there && there.type !== type) {
      throw refusal(409, `artifact collection ${name} already exists with type ${there.type}`);
    }
    const { id } = there ?? state.newId("ArtifactCollection");
    const times = { createdAt: state.now(), versions: [], aliases: new Map<string, HeldArtifact>() };
    const collection = there ?? { id, kind, project, name, type, ...times };
    project.collections.set(name, collection);
    return collection;
  }

  function runOf(project: HeldProject, name: string | null | undefined): HeldRun | undefined {
    const run = name ? project.runs.get(name) : undefined;
    if (name && !run) throw refusal(404, `run ${project.entity}/${project.name}/${name} not found`);
    return run;
  }

  return {
    createArtifact: ({ input }: { readonly input: CreateArtifactInput }) => ({
      artifact: artifactFields(context, create(input)),
    }),
    updateArtifact({ input }: { readonly input: UpdateInput }) {
      const artifact = artifactById(state, input.artifactID);
      const removed = (input.tagsToDelete ?? []).map(({ tagName }) => tagName);
      const added = (input.tagsToAdd ?? []).map(({ tagName }) => tagName);
      artifact.description = input.description ?? artifact.description;
      artifact.metadata = input.metadata ?? artifact.metadata;
      artifact.tags = [...new Set([...artifact.tags.filter((tag) => !removed.includes(tag)), ...added])];
      artifact.ttlDurationSeconds = input.ttlDurationSeconds ?? artifact.ttlDurationSeconds;
      artifact.updatedAt = state.now();
      return { artifact: artifactFields(context, artifact) };
    },
    deleteArtifact({ input }: { readonly input: { readonly artifactID: string } }) {
      const artifact = artifactById(state, input.artifactID);
      const { versions, aliases } = artifact.collection;
      artifact.state = "DELETED";
      if (artifact.version !== undefined) versions[artifact.version] = undefined;
      for (const [alias, held] of aliases) if (held === artifact) aliases.delete(alias);
      return { artifact: artifactFields(context, artifact) };
    },
    useArtifact({ input }: { readonly input: UseInput }) {
      const artifact = artifactById(state, input.artifactID);
      const project = state.project(input.entityName, input.projectName);
      const run = project && runOf(project, input.runName);
      if (!run) throw refusal(404, `run ${input.runName} not found`);
      run.inputs.set(artifact, input.usedAs ?? null);
      return { artifact: artifactFields(context, artifact) };
    },
    addAliases({
      input,
    }: {
      readonly input: { readonly artifactID: string; readonly aliases: readonly AliasInput[] };
    }) {
      const artifact = artifactById(state, input.artifactID);
      for (const one of input.aliases) artifact.collection.aliases.set(aliasOf(one), artifact);
      return { success: true };
    },
    deleteAliases({
      input,
    }: {
      readonly input: { readonly artifactID: string; readonly aliases: readonly AliasInput[] };
    }) {
      const { collection } = artifactById(state, input.artifactID);
      for (const { alias } of input.aliases) collection.aliases.delete(alias);
      return { success: true };
    },
    linkArtifact({ input }: { readonly input: LinkInput }) {
      const id = input.artifactID ?? [...state.artifacts.values()].find((held) => held.clientId === input.clientID)?.id;
      const artifact = artifactById(state, id);
      const { type, project: own } = artifact.collection;
      const project = state.ensureProject(input.entityName ?? own.entity, input.projectName ?? own.name);
      const portfolio = ensureCollection(project, input.artifactPortfolioName ?? "", "ArtifactPortfolio", type);
      if (!portfolio.versions.includes(artifact)) portfolio.versions.push(artifact);
      for (const one of input.aliases ?? []) portfolio.aliases.set(aliasOf(one), artifact);
      portfolio.aliases.set("latest", artifact);
      const versionIndex = portfolio.versions.indexOf(artifact);
      return { versionIndex, artifactMembership: membershipFields(context, portfolio, artifact) };
    },
  };
}

function sameAs({ digest }: CreateArtifactInput): (held: HeldArtifact | undefined) => boolean {
  return (held) => held?.digest === digest;
}

function aliasOf({ alias }: AliasInput): string {
  if (alias === "" || alias.length > 128 || /[/:]/.test(alias) || /^v\d+$/.test(alias)) {
    throw refusal(400, `invalid alias ${JSON.stringify(alias)}`);
  }
  return alias;
}
