import * as files from "node:fs/promises";
import type { SideEffects } from "../../src/offline/backend.ts";

export interface Fault {
  /** How many calls work before it. */
  readonly after: number;
  /** The error of the call. Without it a write is only short. */
  readonly code?: "ENOSPC" | "EIO";
  /** Bytes that a failing write takes. */
  readonly takes: number;
  /** How many calls fail, one after the other. */
  readonly times: number;
}

export interface FaultyFiles {
  readonly fileSystem: SideEffects["fileSystem"];
  readonly calls: number;
  /** How often which call was struck. */
  readonly struck: ReadonlyMap<string, number>;
}

/** The real file system, which fails in one of the calls that change it. */
export function faultyFiles({ after, code, takes, times }: Fault): FaultyFiles {
  const struck = new Map<string, number>();
  let calls = 0;

  function strikes(call: string): boolean {
    const at = calls++;
    const isStruck = at >= after && at < after + times && (code !== undefined || call === "write");
    if (isStruck) struck.set(call, (struck.get(call) ?? 0) + 1);
    return isStruck;
  }

  function errorOf(call: string): NodeJS.ErrnoException {
    return Object.assign(new Error(`${code}: told to fail, ${call}`), { code, syscall: call });
  }

  type Call = (...args: readonly unknown[]) => Promise<unknown>;
  const failing = (name: string, call: Call): Call => {
    return async (...args) => {
      if (strikes(name)) throw errorOf(name);
      return call(...args);
    };
  };

  function faulty(handle: files.FileHandle): files.FileHandle {
    const own: { readonly [name: string]: Call } = {
      async write(bytes, from, length, position) {
        if (!strikes("write"))
          return handle.write(bytes as Uint8Array, from as number, length as number, position as number);
        const taken = Math.min(takes, length as number);
        const result = await handle.write(bytes as Uint8Array, from as number, taken, position as number);
        if (code !== undefined) throw errorOf("write");
        return result;
      },
      async writeFile(bytes) {
        if (!strikes("writeFile")) return handle.writeFile(bytes as Uint8Array);
        await handle.writeFile((bytes as Uint8Array).subarray(0, takes));
        throw errorOf("writeFile");
      },
      truncate: failing("truncate", (size) => handle.truncate(size as number)),
      // A disk may say only now that it had no room.
      async close() {
        const isStruck = strikes("close");
        await handle.close();
        if (isStruck) throw errorOf("close");
      },
    };
    return new Proxy(handle, {
      get: (target, name) => {
        const value: unknown = own[String(name)] ?? Reflect.get(target, name);
        return typeof value === "function" && !(String(name) in own) ? value.bind(target) : value;
      },
    });
  }

  return {
    fileSystem: {
      mkdir: failing("mkdir", files.mkdir as Call) as typeof files.mkdir,
      rename: failing("rename", files.rename as Call) as typeof files.rename,
      rm: failing("rm", files.rm as Call) as typeof files.rm,
      async open(path, flags, mode) {
        if (strikes("open")) throw errorOf("open");
        return faulty(await files.open(path, flags, mode));
      },
    },
    get calls() {
      return calls;
    },
    struck,
  };
}
