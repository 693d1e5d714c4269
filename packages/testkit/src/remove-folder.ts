import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Removes a folder in which a delivery process may still be writing; it leaves when it finds its runs gone. Node's own
 * `maxRetries` tries the folder again and never looks what is new in it.
 */
export async function removeFolder(folder: string, limitMs = 30_000): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOTEMPTY" || Date.now() > end) throw cause;
    }
    await sleep(50);
  }
}
