import { badValue } from "./values.ts";

/** A name that becomes a folder: with `/` one within another, but never one outside. */
export function folderBelow(name: string): string {
  const parts = String(name).split(/[/\\]/);
  if (parts.every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\0")))
    return parts.join("/");
  throw badValue(`the name ${JSON.stringify(name)} leads to another folder`, "leave out empty parts, `.` and `..`");
}
