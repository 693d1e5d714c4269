import type { Source } from "@runferry/core";
import { openStore, type Store, type StoreOptions } from "./store.ts";

/** The runs of a store, read where they are. Nothing in the store is written; reading throws where there is none. */
export function localSource(folder: string | Store, options: Omit<StoreOptions, "create"> = {}): Source {
  return {
    async *runs({ ids, signal } = {}) {
      const store = typeof folder === "string" ? openStore(folder, { ...options, create: false }) : folder;
      const wanted = ids && new Set(ids);
      for (const id of store.ids()) {
        signal?.throwIfAborted();
        if ((wanted === undefined || wanted.has(id)) && store.has(id)) yield store.run(id).journal;
      }
    },
  };
}
