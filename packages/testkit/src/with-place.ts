import type { BackendSubject, Place } from "./subject.ts";

/** Works with a fresh place, which is gone afterwards. */
export async function withPlace<T>(subject: BackendSubject, work: (place: Place) => Promise<T>): Promise<T> {
  const place = await subject.create();
  try {
    return await work(place);
  } finally {
    await place.remove();
  }
}
