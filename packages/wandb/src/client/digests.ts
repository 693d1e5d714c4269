import { createHash } from "node:crypto";
import type { UploadPart } from "./artifact-types.ts";

/** From this size on artifact files go up in parts. */
export const multipartFrom: number = 2 * 1024 ** 3;

/** The size of a part: 100 MiB, more where there would be over 10 000. */
export function partBytesOf(bytes: number): number {
  const least = 100 * 1024 ** 2;
  return bytes <= least * 10_000 ? least : Math.ceil(bytes / 10_000 / 4096) * 4096;
}

export interface Digests {
  /** Base64. */
  readonly md5: string;
  /** Undefined for a file that goes up whole. */
  readonly parts: readonly UploadPart[] | undefined;
}

/** The digests of a content, in one reading: of the whole, and of each part where it goes up in parts. */
export async function digestsOf(
  content: AsyncIterable<Uint8Array>,
  bytes: number,
  inParts: boolean = bytes >= multipartFrom,
): Promise<Digests> {
  const whole = createHash("md5");
  const size = inParts ? partBytesOf(bytes) : Number.POSITIVE_INFINITY;
  const parts: UploadPart[] = [];
  let part = createHash("md5");
  let held = 0;
  const finish = () => {
    parts.push({ partNumber: parts.length + 1, hexMD5: part.digest("hex") });
    part = createHash("md5");
    held = 0;
  };
  for await (const piece of content) {
    whole.update(piece);
    for (let from = 0; inParts && from < piece.length; ) {
      const taken = Math.min(size - held, piece.length - from);
      part.update(piece.subarray(from, from + taken));
      held += taken;
      from += taken;
      if (held === size) finish();
    }
  }
  if (held > 0) finish();
  return { md5: whole.digest("base64"), parts: inParts ? parts : undefined };
}
