/**
 * Three bugs that a program like this could have, to see that the simulator finds them.
 * @module
 */
import type { StorableBytes } from '../../../src/base/brand.ts';
import type { ObjectStore, PutOptions, StoredObject } from '../../../src/store/port.ts';
import { GC_PREFIX, INDEX_PREFIX, PACK_PREFIXES } from '../../../src/vault/pack-key.ts';
import { DAY_MS } from '../plan.ts';
import type { PlantedBug } from './job-parts.ts';
import { saveSnapshot } from '../../support/save-snapshot.ts';

/** Index files are written before the packs that they name. */
export const INDEX_FIRST: PlantedBug = { wrapBackup: (store) => changed(store, packsLater(store)) };

/** A prune takes every condemned pack for one that was condemned long ago. */
export const NO_GRACE: PlantedBug = {
  wrapPrune: (store) => changed(store, recordsOlder(store)),
};

/** A snapshot is stored without a look at what was condemned meanwhile. */
export const NO_SECOND_LOOK: PlantedBug = {
  commit: (vault, _view, snapshot, signal) => saveSnapshot(vault, snapshot, signal),
};

/** A store some of whose methods are others. */
function changed(store: ObjectStore, others: Partial<ObjectStore>): ObjectStore {
  return {
    location: store.location,
    capabilities: store.capabilities,
    put: (key, body, options) => store.put(key, body, options),
    get: (key, options) => store.get(key, options),
    head: (key, signal) => store.head(key, signal),
    list: (prefix, signal) => store.list(prefix, signal),
    delete: (key, signal) => store.delete(key, signal),
    sweep: (olderThanMs, signal) => store.sweep(olderThanMs, signal),
    close: () => store.close(),
    ...others,
  };
}

function packsLater(store: ObjectStore): Pick<ObjectStore, 'put'> {
  let later: (readonly [string, StorableBytes, PutOptions | undefined])[] = [];
  const put: ObjectStore['put'] = async (key, body, options) => {
    if (PACK_PREFIXES.some((prefix) => key.startsWith(prefix))) {
      // A copy: the caller uses its memory again.
      later.push([key, body.slice() as StorableBytes, options]);
      return;
    }
    await store.put(key, body, options);
    if (!key.startsWith(INDEX_PREFIX)) return;
    const now = later;
    later = [];
    for (const one of now) await store.put(...one);
  };
  return { put };
}

/** Older than any grace of the simulator's, and younger than what is forgotten for its age. */
const OLDER_MS = 5 * DAY_MS;

/** All but the one that the prune writes itself, by which it knows the time. */
function recordsOlder(store: ObjectStore): Pick<ObjectStore, 'put' | 'list'> {
  let own: string | undefined;
  return {
    put: (key, body, options) => {
      if (key.startsWith(GC_PREFIX)) own ??= key;
      return store.put(key, body, options);
    },
    list: (prefix) => listOlder(store, prefix, () => own),
  };
}

async function* listOlder(
  store: ObjectStore,
  prefix: string,
  own: () => string | undefined,
): AsyncGenerator<StoredObject> {
  for await (const object of store.list(prefix)) {
    const modifiedMs = (object.modifiedMs ?? 0) - OLDER_MS;
    const isOlder = prefix === GC_PREFIX && object.key !== own();
    yield isOlder ? { ...object, modifiedMs } : object;
  }
}
