/** Undefined where there is no such file. Any other trouble is trouble. */
export async function ifThere<T>(looking: Promise<T>): Promise<T | undefined> {
  return looking.catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  });
}
