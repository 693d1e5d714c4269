import { type ClientOptions, wandbClient } from "./client/index.ts";

export interface WandbCheck {
  /** Whose key it is. */
  readonly user: string;
  readonly entity: string;
}

/** Asks a server whose key we have. Throws what is wrong, with the remedy. */
export async function checkWandb(options: ClientOptions & { readonly signal?: AbortSignal } = {}): Promise<WandbCheck> {
  const { signal, ...own } = options;
  const client = wandbClient(own);
  try {
    const { username, entity } = await client.viewer(signal ? { signal } : {});
    return { user: username ?? entity, entity: client.entity ?? entity };
  } finally {
    await client.close();
  }
}
