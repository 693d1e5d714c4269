import { expect, test } from "vitest";
import { createByteBuffer } from "../src/byte-buffer.ts";
import { createEventFile, eventCodec, hparamsCodec, numberTensor, readEventFile, stringTensor } from "../src/codec.ts";
import { crc32c, maskCrc } from "../src/crc.ts";
import type { EventMessage, Value } from "../src/messages.ts";
import { addRecord } from "../src/record.ts";
import { nullTensor } from "../src/tensor.ts";
import { collect } from "./subject.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function record(event: EventMessage): string {
  const buffer = createByteBuffer(16);
  addRecord(buffer, eventCodec.encode(event));
  return hex(buffer.bytes.subarray(0, buffer.length));
}

const value = (one: Value, step?: number): EventMessage => ({
  wallTime: 1,
  ...(step === undefined ? {} : { step }),
  summary: { value: [one] },
});

const plugin = (pluginName: string) => ({ pluginData: { pluginName } });
const hparams = (data: Parameters<typeof hparamsCodec.encode>[0]) => ({
  tensor: nullTensor,
  metadata: { pluginData: { pluginName: "hparams", content: hparamsCodec.encode(data) } },
});

test.each([
  ["", 0x00000000, 0xa282ead8],
  [Buffer.from("123456789").toString("hex"), 0xe3069283, 0xc78ab0e5],
  ["00".repeat(32), 0x8a9136aa, 0x0fd7fffa],
  ["ff".repeat(32), 0x62a8ab43, 0xf909b029],
  [Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0")).join(""), 0x46dd794e, 0x951f7892],
  [Array.from({ length: 32 }, (_, i) => (31 - i).toString(16).padStart(2, "0")).join(""), 0x113fdb5c, 0x593b0d57],
])("the checksum of %s", (bytes, crc, masked) => {
  expect(crc32c(Buffer.from(bytes, "hex"))).toBe(crc);
  expect(maskCrc(crc)).toBe(masked);
});

const vectors: readonly (readonly [string, EventMessage, string])[] = [
  [
    "version only",
    { wallTime: 1, fileVersion: "brain.Event:2" },
    "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a",
  ],
  [
    "0.5 at step 1",
    value({ tag: "loss", simpleValue: 0.5 }, 1),
    "1a00000000000000129bd82d09000000000000f03f10012a0d0a0b0a046c6f7373150000003f27f95db1",
  ],
  [
    "0 at step 0",
    value({ tag: "loss", simpleValue: 0 }),
    "1800000000000000a37f4b2209000000000000f03f2a0d0a0b0a046c6f73731500000000c5909668",
  ],
  [
    "NaN at step 300",
    value({ tag: "loss", simpleValue: Number.NaN }, 300),
    "1b000000000000001a0d9e1309000000000000f03f10ac022a0d0a0b0a046c6f7373150000c07f00e5a10e",
  ],
  [
    "step -1",
    value({ tag: "loss", simpleValue: 0.5 }, -1),
    "2300000000000000b09f774309000000000000f03f10ffffffffffffffffff012a0d0a0b0a046c6f7373150000003fd8aab29b",
  ],
  [
    "step 2^53-1",
    value({ tag: "loss", simpleValue: 0.5 }, Number.MAX_SAFE_INTEGER),
    "2100000000000000017becf609000000000000f03f10ffffffffffffff0f2a0d0a0b0a046c6f7373150000003fb9789b2a",
  ],
  [
    "two values",
    {
      wallTime: 1,
      step: 1,
      summary: {
        value: [
          { tag: "a", simpleValue: 1 },
          { tag: "b", simpleValue: 2 },
        ],
      },
    },
    "2100000000000000017becf609000000000000f03f10012a140a080a0161150000803f0a080a01621500000040c7eca08b",
  ],
  [
    "a scalar with metadata",
    value(
      {
        tag: "loss",
        simpleValue: 0.5,
        metadata: { ...plugin("scalars"), displayName: "L", summaryDescription: "d", dataClass: 1 },
      },
      1,
    ),
    "2f000000000000006d5d1d5009000000000000f03f10012a220a200a046c6f7373150000003f4a130a090a077363616c61727312014c1a01642001f16a9857",
  ],
  [
    "a tensor as scalar",
    value(
      {
        tag: "loss",
        tensor: { dtype: 1, tensorShape: {}, tensorContent: new Uint8Array([0, 0, 0, 0x3f]) },
        metadata: plugin("scalars"),
      },
      1,
    ),
    "2e00000000000000c5cb57fa09000000000000f03f10012a210a1f0a046c6f7373420a0801120022040000003f4a0b0a090a077363616c617273a0ecdf11",
  ],
  [
    "a text",
    value({ tag: "t", tensor: stringTensor(["hi"]), metadata: plugin("text") }, 1),
    "2600000000000000734fe30009000000000000f03f10012a190a170a0174420808071200420268694a080a060a0474657874e7095a9c",
  ],
  [
    "a histogram",
    value({ tag: "h", tensor: numberTensor([2, 3], [1, 2, 1, 2, 3, 2]), metadata: plugin("histograms") }, 1),
    "620000000000000079fd606f09000000000000f03f10012a550a530a0168423e0802120812020802120208032230000000000000f03f0000000000000040000000000000f03f0000000000000040000000000000084000000000000000404a0e0a0c0a0a686973746f6772616d73339b8121",
  ],
  [
    "an empty histogram",
    value({ tag: "h", tensor: numberTensor([0, 3], []), metadata: plugin("histograms") }, 1),
    "2e00000000000000c5cb57fa09000000000000f03f10012a210a1f0a0168420a080212061200120208034a0e0a0c0a0a686973746f6772616d731d3725ec",
  ],
  [
    "a start",
    { wallTime: 1, step: 3, sessionLog: { status: 1 } },
    "0f000000000000006d532b0909000000000000f03f10033a0208013a03bef2",
  ],
  [
    "the start of a session",
    value({
      tag: "_hparams_/session_start_info",
      ...hparams({ sessionStartInfo: { hparams: { lr: { numberValue: 0.1 } }, groupName: "g", startTimeSecs: 1 } }),
    }),
    "6100000000000000008f906409000000000000f03f2a560a540a1c5f68706172616d735f2f73657373696f6e5f73746172745f696e666f42060801120212004a2c0a2a0a0768706172616d73121f1a1d0a0f0a026c721209119a9999999999b93f22016729000000000000f03fcf3d04a5",
  ],
  [
    "the end of a session",
    value({ tag: "_hparams_/session_end_info", ...hparams({ sessionEndInfo: { status: 1, endTimeSecs: 2 } }) }),
    "4d000000000000003d63d4a609000000000000f03f2a420a400a1a5f68706172616d735f2f73657373696f6e5f656e645f696e666f42060801120212004a1a0a180a0768706172616d73120d220b0801110000000000000040ba9cc0a0",
  ],
];

test.each(vectors)("%s has the bytes of TensorBoard's own classes", (_what, event, bytes) => {
  expect(record(event)).toBe(bytes);
});

test("events of plain scalars are laid by hand with the same bytes", () => {
  for (const [what, event, bytes] of vectors) {
    const values = event.summary?.value ?? [];
    if (!values.every((one) => one.simpleValue !== undefined && one.metadata === undefined) || values.length === 0)
      continue;
    const parts: Uint8Array[] = [];
    const file = createEventFile({ wallTime: 1, write: (piece) => parts.push(piece.slice()) });
    file.scalars(Object.fromEntries(values.map((one) => [one.tag!, one.simpleValue!])), {
      wallTime: 1,
      step: event.step ?? 0,
    });
    file.flush();
    expect(hex(Buffer.concat(parts)).slice(vectors[0]![2].length), what).toBe(bytes);
  }
});

test.each(vectors)("%s is read back", async (_what, event, bytes) => {
  const found = await collect(readEventFile([Buffer.from(bytes, "hex")]));
  expect(found).toHaveLength(1);
  expect(record((found[0] as { event: EventMessage }).event)).toBe(bytes);
  expect((found[0] as { event: EventMessage }).event.wallTime).toBe(event.wallTime);
});

test("a time that is no number is refused, since TensorBoard would drop the rest of the file", () => {
  const file = createEventFile({ wallTime: 1, write: () => undefined });
  expect(() => file.scalar("a", 1, { wallTime: Number.NaN })).toThrow(/no time/);
  expect(() => file.scalar("a", 1, { wallTime: 1, step: 0.5 })).toThrow(/safe integer/);
});
