import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendSubject, Place } from "../subject.ts";
import { toyFile } from "./toy-file.ts";
import { toyFileSource } from "./toy-file-source.ts";

export interface ToyFilePlace extends Place {
  readonly folder: string;
}

export interface ToyFileSubject extends BackendSubject {
  create(): Promise<ToyFilePlace>;
}

/** The toy file, each place a folder of its own. */
export const toyFileSubject: ToyFileSubject = {
  name: "toy-file",
  async create() {
    const parent = await mkdtemp(join(tmpdir(), "runferry-toy-"));
    const folder = join(parent, "runs");
    return {
      folder,
      open: async (crash) => toyFile(folder, crash),
      source: async () => toyFileSource(folder),
      async dump() {
        const files = await readdir(parent, { recursive: true, withFileTypes: true });
        const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
        const texts = paths.sort().map(async (path) => `${path}\n${await readFile(path, "utf8")}`);
        return (await Promise.all(texts)).join("\n");
      },
      remove: () => rm(parent, { recursive: true, force: true }),
    };
  },
};
