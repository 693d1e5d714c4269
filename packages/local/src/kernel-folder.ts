import { RunferryError } from "@runferry/core";

/** Throws `bad_option` for a folder below /proc. Nothing can be made there, and Node's `mkdir` would try for ever. */
export function refuseKernelFolder(folder: string): void {
  if (!/^\/proc(\/|$)/.test(folder)) return;
  throw new RunferryError("bad_option", `${folder} is a folder of the kernel, which takes no files`, {
    hint: "name a folder on a disk",
    data: "nothing was written",
  });
}
