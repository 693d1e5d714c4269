/** How many pixels wide and high an encoded picture is; 0 where its format is not known. TensorBoard lays it out by that. */
export function pictureSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length < 26 ? undefined : sizeOf(bytes, view);
  return size ? { width: size[0], height: size[1] } : { width: 0, height: 0 };
}

function sizeOf(bytes: Uint8Array, view: DataView): readonly [number, number] | undefined {
  if (view.getUint32(0) === 0x8950_4e47) return [view.getUint32(16), view.getUint32(20)]; // PNG
  if (view.getUint32(0) === 0x4749_4638) return [view.getUint16(6, true), view.getUint16(8, true)]; // GIF
  if (view.getUint16(0) === 0x424d) return [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))]; // BMP
  return view.getUint16(0) === 0xffd8 ? sizeOfJpeg(bytes, view) : undefined;
}

/** The size stands in the segment that starts the frame; the segments before it are passed over by their lengths. */
function sizeOfJpeg(bytes: Uint8Array, view: DataView): readonly [number, number] | undefined {
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    const startsFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (startsFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
