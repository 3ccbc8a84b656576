/**
 * Listings that are asked for before anybody needs them: while the keys are found, the store answers.
 * @module
 */
import type { ObjectStore, StoredObject } from '../store/port.ts';

/**
 * Lists prefixes, one after the other: an object found under a later one was there before the
 * listing of an earlier one ended, or came since. (Readers ask for snapshots first and for the index
 * then, because what a snapshot needs is in the index before the snapshot is there.)
 */
export class ListAhead {
  readonly #listings = new Map<string, Promise<StoredObject[]>>();

  constructor(store: ObjectStore, prefixes: readonly string[], signal?: AbortSignal) {
    let before: Promise<unknown> = Promise.resolve();
    for (const prefix of prefixes) {
      const listing = before.then(() => collectObjects(store, prefix, signal));
      listing.catch(() => undefined);
      this.#listings.set(prefix, listing);
      before = listing;
    }
  }

  /** The listing of a prefix, handed out once: who asks again wants to know what is there by now. */
  take(prefix: string): Promise<StoredObject[]> | undefined {
    const listing = this.#listings.get(prefix);
    this.#listings.delete(prefix);
    return listing;
  }
}

/** All objects under a prefix; from the listing made ahead, where there is one left. */
export function listObjects(
  vault: { readonly store: ObjectStore; readonly ahead?: ListAhead },
  prefix: string,
  signal?: AbortSignal,
): Promise<StoredObject[]> {
  return vault.ahead?.take(prefix) ?? collectObjects(vault.store, prefix, signal);
}

/** Keys of all objects that are under a prefix now. */
export async function collectKeys(
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const objects = await collectObjects(store, prefix, signal);
  return new Set(objects.map(({ key }) => key));
}

async function collectObjects(
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of store.list(prefix, signal)) objects.push(object);
  return objects;
}
