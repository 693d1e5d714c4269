// The framing of a .wandb file, as far as writer and reader share it: LevelDB's log, with a header and a checksum of its own.

/** `:W&B`, the magic number 0xBEE1, version 0. The blocks are counted from the start of the file, so it is part of the first. */
export const fileHeader: Uint8Array = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00);

export const blockBytes: number = 32 * 1024;

/** Checksum, length and type before the data of a chunk. */
export const chunkHeaderBytes = 7;

interface Chunk {
  readonly full: 1;
  readonly first: 2;
  readonly middle: 3;
  readonly last: 4;
}

/** A record is one FULL chunk, or FIRST, any number of MIDDLE, LAST: no chunk goes over the end of a block. */
export const chunk: Chunk = { full: 1, first: 2, middle: 3, last: 4 };
