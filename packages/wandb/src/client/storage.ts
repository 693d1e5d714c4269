import type { Asking, UploadPart, UploadTarget } from "./types.ts";

export interface Upload extends Asking {
  readonly bytes: number;
  /** Called with the bytes sent so far. */
  readonly report?: (bytes: number) => void;
}

/** Bytes at signed addresses, streamed both ways. No credentials are sent there. */
export interface Storage {
  /** Puts one file. */
  put(target: UploadTarget, content: () => AsyncIterable<Uint8Array>, upload: Upload): Promise<void>;
  /** Puts a file in parts, one reading from front to back; gives the tags to complete it with. */
  putParts(
    parts: readonly { readonly partNumber: number; readonly uploadUrl: string }[],
    content: () => AsyncIterable<Uint8Array>,
    upload: Upload,
  ): Promise<readonly UploadPart[]>;
  /** The bytes from `start` on. */
  get(url: string, more?: Asking & { readonly start?: number }): AsyncIterable<Uint8Array>;
}

/** From this size on artifact files go up in parts. */
export const multipartFrom: number = 2 * 1024 ** 3;

/** The size of a part: 100 MiB, more where there would be over 10 000. */
export declare function partBytesOf(bytes: number): number;

/** The digests of a content, in one reading: of the whole, and of each part where it goes up in parts. */
export declare function digestsOf(
  content: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<{ readonly md5: string; readonly parts: readonly UploadPart[] | undefined }>;
