import { MlflowError } from "./errors.ts";
import type { Asking } from "./tracking.ts";
import type { Transport } from "./transport.ts";

/** What `/version` says; undefined where the server, or what stands before it, does not say it. */
export async function serverVersion(
  { receive }: Pick<Transport, "receive">,
  { signal }: Asking = {},
): Promise<string | undefined> {
  try {
    let text = "";
    for await (const part of await receive({ method: "GET", path: "/version", signal })) {
      text += String(part);
      if (text.length > 100) return undefined; // a page
    }
    return /^\d+\.\d+[\w.+-]*$/.exec(text.trim())?.[0];
  } catch (cause) {
    if (cause instanceof MlflowError && cause.answer.status !== undefined) return undefined;
    throw cause;
  }
}
