import { base64, type HeldProject, isoTime } from "../state.ts";
import { artifactLookups } from "./artifact-lookups.ts";
import type { Fields, ServerContext } from "./context.ts";
import { type PageArguments, page } from "./page.ts";
import { runLookups } from "./run-lookups.ts";
import { runFields } from "./runs.ts";
import { userFields } from "./viewer.ts";

interface ProjectName {
  readonly name?: string | null;
  readonly entityName?: string | null;
}

export function projectResolvers(context: ServerContext): Fields {
  function find({ name, entityName }: ProjectName): Fields | null {
    const project = context.state.project(entityName, name);
    return project ? projectFields(context, project) : null;
  }
  return {
    project: find,
    model: find,
    models({ entityName, ...asked }: ProjectName & PageArguments) {
      const own = [...context.state.projects.values()].filter(
        ({ entity }) => entity === (entityName || context.state.entity),
      );
      return page(own, asked, (project) => ({ node: projectFields(context, project) }));
    },
  };
}

export function projectFields(context: ServerContext, project: HeldProject): Fields {
  return {
    __typename: "Project",
    id: project.id,
    internalId: base64(`ProjectInternalId:${project.number}`),
    name: project.name,
    entityName: project.entity,
    entity: { id: base64(`Entity:${project.entity}`), name: project.entity, organization: null },
    description: null,
    createdAt: isoTime(project.createdAt),
    isBenchmark: false,
    readOnly: false,
    user: () => userFields(context.entities),
    run: ({ name }: { readonly name: string }) => runOf(name),
    bucket({ name, missingOk }: { readonly name: string; readonly missingOk?: boolean }) {
      const run = runOf(name);
      if (run === null && missingOk !== true) throw new Error(`run ${name} not found`);
      return run;
    },
    ...runLookups(context, project),
    ...artifactLookups(context, project),
  };

  function runOf(name: string): Fields | null {
    const run = project.runs.get(name);
    return run ? runFields(context, run) : null;
  }
}
