import { matchesGlob } from "node:path/posix";
import { refusal } from "../refusal.ts";
import { type HeldRun, isoTime, type WandbState } from "../state.ts";
import type { Fields, ServerContext } from "./context.ts";
import { type PageArguments, page } from "./page.ts";

interface FilesArguments extends PageArguments {
  readonly names?: readonly string[] | null;
  readonly pattern?: string | null;
}

interface RunFilesInput {
  readonly input: {
    readonly entityName: string;
    readonly projectName: string;
    readonly runName: string;
    readonly files: readonly string[];
  };
}

/** The files of a run that have bytes. */
export function runFileFields(context: ServerContext, run: HeldRun): Fields {
  return {
    fileCount: () => uploaded(context.state, run).length,
    files({ names, pattern, ...asked }: FilesArguments) {
      const chosen = uploaded(context.state, run)
        .filter(({ path }) => !names || names.length === 0 || names.includes(path))
        .filter(({ path }) => !pattern || matchesGlob(path, pattern.replaceAll("%", "*")));
      return page(chosen, asked, (file) => ({ node: fileFields(context, run, file) }));
    },
  };
}

type Uploaded = ReturnType<typeof uploaded>[number];

function uploaded(state: WandbState, run: HeldRun) {
  return [...run.files].flatMap(([path, { id, key }]) => {
    const blob = state.objects.get(key);
    return blob ? [{ path, id, key, blob }] : [];
  });
}

function fileFields({ storage, base }: ServerContext, run: HeldRun, { path, id, key, blob }: Uploaded): Fields {
  const place = [run.project.entity, run.project.name, run.name, ...path.split("/")].map(encodeURIComponent).join("/");
  return {
    __typename: "File",
    id,
    name: path,
    displayName: path,
    // This one is for whoever has the key; the signed one for everybody.
    url: `${base()}/files/${place}`,
    directUrl: storage.sign("GET", key),
    sizeBytes: blob.size,
    mimetype: null,
    updatedAt: isoTime(run.heartbeatAt),
    md5: blob.md5,
    digest: blob.md5,
    storagePath: key,
    uploadUrl: null,
    uploadHeaders: [],
    uploadMultipartUrls: null,
  };
}

export function runFileMutations(context: ServerContext): Fields {
  const { state, storage } = context;

  function found({ entityName, projectName, runName }: RunFilesInput["input"]): HeldRun {
    const run = state.project(entityName, projectName)?.runs.get(runName);
    if (!run) throw refusal(404, `run ${entityName}/${projectName}/${runName} not found`);
    return run;
  }

  return {
    createRunFiles({ input }: RunFilesInput) {
      const run = found(input);
      const files = input.files.map((path) => {
        const file = run.files.get(path) ?? {
          id: state.newId("File").id,
          key: `runs/${run.project.entity}/${run.project.name}/${run.name}/${path}`,
        };
        run.files.set(path, file);
        return { name: path, uploadUrl: storage.sign("PUT", file.key) };
      });
      return { runID: run.id, uploadHeaders: [], files };
    },
    markRunFilesUploaded({ input }: RunFilesInput) {
      const run = found(input);
      for (const path of input.files) run.reported.add(path);
      return { success: true };
    },
    deleteFiles({ input }: { readonly input: { readonly files: readonly string[] } }) {
      for (const run of state.runsById.values()) {
        for (const [path, { id }] of run.files) if (input.files.includes(id)) run.files.delete(path);
      }
      return { success: true };
    },
  };
}
