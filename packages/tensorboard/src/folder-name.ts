import { createHash } from "node:crypto";
import { escapeName } from "./names.ts";

const maxBytes = 120;

/** What no file system may be asked for: separators, control characters, what Windows reserves, and the ends that it cuts. */
const refused =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  /[\u0000-\u001f\u007f/\\:*?"<>|~]|^[. ]|[. ]$|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d|late-\d+|no-step)(?=\.|$)/i;

/** One folder for any name: it never leads elsewhere. A name that is too long is cut, and told apart by a hash. */
export function folderName(name: string): string {
  const safe = escapeName(name, refused, reserved.test(name) ? 0 : -1);
  if (Buffer.byteLength(safe) <= maxBytes) return safe;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  let end = maxBytes;
  while (Buffer.byteLength(safe.slice(0, end)) > maxBytes - 9) end--;
  return `${safe.slice(0, end).toWellFormed()}~${hash}`;
}
