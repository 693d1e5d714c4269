import { badValue, type Numbers, valuesOf } from "./values.ts";

/** A sound from -1 to 1, `[frames]` or `[frames, channels]` or PyTorch's `[1, frames]`, as a WAV of 16 bits. */
export function waveOf(what: string, given: Numbers, sampleRate: number): Uint8Array {
  const { shape, data } = valuesOf(what, given);
  const [first = 0, second = 1] = shape;
  const channels = first === 1 && second > 2 ? 1 : second;
  if (shape.length < 1 || shape.length > 2 || channels < 1 || channels > 2) {
    throw badValue(`${what} has the sides ${shape.join(" × ")}`, "give [frames] or [frames, 2]");
  }
  if (!Number.isSafeInteger(sampleRate) || sampleRate < 1) throw badValue(`the sampleRate of ${what} is ${sampleRate}`);
  const wave = Buffer.alloc(44 + data.length * 2);
  wave.write("RIFF", 0, "latin1");
  wave.writeUInt32LE(wave.length - 8, 4);
  wave.write("WAVEfmt ", 8, "latin1");
  wave.writeUInt32LE(16, 16);
  wave.writeUInt16LE(1, 20);
  wave.writeUInt16LE(channels, 22);
  wave.writeUInt32LE(sampleRate, 24);
  wave.writeUInt32LE(sampleRate * channels * 2, 28);
  wave.writeUInt16LE(channels * 2, 32);
  wave.writeUInt16LE(16, 34);
  wave.write("data", 36, "latin1");
  wave.writeUInt32LE(data.length * 2, 40);
  for (let i = 0; i < data.length; i++) {
    const value = Math.min(1, Math.max(-1, data[i]! || 0)); // NaN is silence
    wave.writeInt16LE(Math.trunc(value * 32_767), 44 + i * 2);
  }
  return wave;
}
