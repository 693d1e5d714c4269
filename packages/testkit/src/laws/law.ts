import type { BackendSubject } from "../subject.ts";

/** One promise that every backend makes, and how to find out whether one keeps it. */
export interface Law<Subject = BackendSubject> {
  readonly name: string;
  /** Throws `LawBroken` where the subject does not keep it. */
  check(subject: Subject): Promise<void>;
}

export class LawBroken extends Error {
  override readonly name = "LawBroken";
}

export function demand(condition: unknown, message: string): asserts condition {
  if (!condition) throw new LawBroken(message);
}

/** Fails where something does not end: a hang is a broken promise too. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LawBroken(`${what} did not end within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
