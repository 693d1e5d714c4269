import { Readable } from "node:stream";
import { isRunferryError, RunferryError } from "@runferry/core";
import { diskPathOf, listDisk, readDisk, sizeOnDisk, writeDisk } from "./artifacts-on-disk.ts";
import { noAnswer } from "./errors.ts";
import { uploadInParts } from "./multipart.ts";
import type { Asking } from "./tracking.ts";
import type { Transport } from "./transport.ts";
import type { FileInfo } from "./types.ts";

export interface Upload extends Asking {
  /** How many bytes will come. */
  readonly bytes: number;
}

/** The files of runs. `root` is a run's `artifact_uri`; paths are below it. */
export interface Artifacts {
  put(root: string, path: string, content: () => AsyncIterable<Uint8Array>, upload: Upload): Promise<void>;
  get(root: string, path: string, more?: Asking & { readonly start?: number }): AsyncIterable<Uint8Array>;
  /** What lies directly in a folder, with paths below the root. */
  list(root: string, folder: string, more?: Asking): Promise<readonly FileInfo[]>;
  /** Every file, in all folders. */
  listAll(root: string, more?: Asking): AsyncIterable<FileInfo>;
  /** The size that the place says the file has; undefined where there is none. */
  sizeOf(root: string, path: string, more?: Asking): Promise<number | undefined>;
}

/** From this size on a file is offered in parts, where the server takes parts. */
const multipartFrom = 100 * 1024 * 1024;

export function createArtifacts(transport: Transport, trackingUri: string): Artifacts {
  function urlOf(root: string, path: string): string {
    const base = proxyBase(root, trackingUri);
    const below = path === "" ? "" : `/${path.split("/").map(encodeURIComponent).join("/")}`;
    return base + below;
  }

  async function put(root: string, path: string, content: () => AsyncIterable<Uint8Array>, upload: Upload) {
    const disk = diskPathOf(root);
    if (disk !== undefined) return writeDisk(disk, path, content(), upload.signal);
    if (upload.bytes >= multipartFrom) {
      const done = await uploadInParts(transport, proxyBase(root, trackingUri), path, content, upload);
      if (done) return;
    }
    const bytes = Readable.from(content(), { objectMode: false, highWaterMark: 256 * 1024 });
    await transport.send({
      method: "PUT",
      path: urlOf(root, path),
      bytes,
      length: upload.bytes,
      signal: upload.signal,
    });
  }

  async function* get(root: string, path: string, { start = 0, signal }: Asking & { readonly start?: number } = {}) {
    const disk = diskPathOf(root);
    if (disk !== undefined) return yield* readDisk(disk, path, start);
    const bytes = await transport.receive({ method: "GET", path: urlOf(root, path), start, signal });
    try {
      yield* bytes as AsyncIterable<Uint8Array>;
    } catch (cause) {
      signal?.throwIfAborted();
      throw noAnswer(new URL(trackingUri).origin, cause); // it broke off on the way
    }
  }

  async function list(root: string, folder: string, { signal }: Asking = {}): Promise<readonly FileInfo[]> {
    const disk = diskPathOf(root);
    if (disk !== undefined) return listDisk(disk, folder);
    const { base, prefix } = listingOf(root, trackingUri);
    const path = [prefix, folder].filter((part) => part !== "").join("/");
    try {
      const query = path === "" ? {} : { path };
      const { files = [] } = await transport.json<{ files?: readonly FileInfo[] }>({
        method: "GET",
        path: base,
        query,
        signal,
      });
      return files.map((file) => {
        const name = file.path.split("/").at(-1)!; // the proxy gives names only
        return { ...file, path: folder === "" ? name : `${folder}/${name}` };
      });
    } catch (cause) {
      if (isRunferryError(cause, "not_found")) return [];
      throw cause;
    }
  }

  async function* listAll(root: string, asking: Asking = {}): AsyncIterable<FileInfo> {
    const folders = [""];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const file of await list(root, folder, asking)) {
        if (file.is_dir) folders.push(file.path);
        else yield file;
      }
    }
  }

  async function sizeOf(root: string, path: string, asking: Asking = {}): Promise<number | undefined> {
    const disk = diskPathOf(root);
    if (disk !== undefined) return sizeOnDisk(disk, path);
    const slash = path.lastIndexOf("/");
    const siblings = await list(root, slash < 0 ? "" : path.slice(0, slash), asking);
    const found = siblings.find((file) => file.path === path && !file.is_dir);
    return found && Number(found.file_size ?? 0);
  }

  return { put, get, list, listAll, sizeOf };
}

const proxy = "/api/2.0/mlflow-artifacts/artifacts";

/** The address below which the files of this root are got and put. */
function proxyBase(root: string, trackingUri: string): string {
  const { base, prefix } = listingOf(root, trackingUri);
  return prefix === "" ? base : `${base}/${prefix.split("/").map(encodeURIComponent).join("/")}`;
}

function listingOf(root: string, trackingUri: string): { readonly base: string; readonly prefix: string } {
  const proxied = /^mlflow-artifacts:(?:\/\/([^/]*))?\/*(.*)$/.exec(root);
  if (proxied) {
    const [, authority = "", path = ""] = proxied;
    const server = authority === "" ? trackingUri : `${new URL(trackingUri).protocol}//${authority}`;
    return { base: server + proxy, prefix: decoded(path) };
  }
  const http = /^(https?:\/\/.*?\/mlflow-artifacts\/artifacts)\/?(.*)$/.exec(root);
  if (http) return { base: http[1]!, prefix: decoded(http[2]!) };
  if (/^https?:/.test(root)) return { base: root.replace(/\/+$/, ""), prefix: "" };
  throw new RunferryError("bad_option", `artifacts at ${root.split(":")[0]}: addresses cannot be reached from here`, {
    hint: "start the server with --serve-artifacts, so that it hands files on, and use a new experiment",
    data: "the facts of the run are not affected; its files were not written",
  });
}

function decoded(path: string): string {
  return path.replace(/\/+$/, "").split("/").map(decodeURIComponent).join("/");
}
