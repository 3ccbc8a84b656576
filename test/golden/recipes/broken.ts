/**
 * What was done to good golden vaults.
 * @module
 */
import { ObjectKind, decodeHeader } from '../../../src/crypto/sealed/header.ts';
import { asSealedBytes, sealObject } from '../../../src/crypto/sealed/seal.ts';
import { sealContext } from '../../../src/crypto/vault-keys.ts';
import { encodeFrame } from '../../../src/format/frame.ts';
import { encodeSnapshot } from '../../../src/format/snapshot.ts';
import type { MemoryStore } from '../../../src/store/memory.ts';
import { listSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { flip, keysUnder, random, swap, truncate } from '../../support/test-vault.ts';

export interface BrokenRecipe {
  readonly comment: string;
  readonly of: string;
  readonly change: (store: MemoryStore, vault: Vault) => Promise<void>;
}

/** The longest object under a prefix. */
async function longest(store: MemoryStore, prefix: string): Promise<string> {
  const lengths = new Map<string, number>();
  for (const key of await keysUnder(store, prefix)) lengths.set(key, (await store.get(key)).length);
  return [...lengths].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

/** By somebody who has the keys: under the same name, perfectly sealed. */
async function replaceFirstSnapshot(store: MemoryStore, vault: Vault): Promise<void> {
  const first = (await listSnapshots(vault)).find(({ snapshot }) => snapshot.host === 'ann');
  if (!first) throw new Error('ann has snapshots');
  const key = `snapshots/${first.id}`;
  const { salt } = decodeHeader(await store.get(key));
  const frame = encodeFrame(encodeSnapshot({ ...first.snapshot, user: 'somebody else' }));
  const forged = sealObject(sealContext(vault.keys, random), ObjectKind.snapshot, frame, salt);
  await store.put(key, asSealedBytes(forged.bytes));
}

async function deleteFirstSnapshot(store: MemoryStore, vault: Vault): Promise<void> {
  const first = (await listSnapshots(vault)).find(({ snapshot }) => snapshot.host === 'ann');
  await store.delete(`snapshots/${first?.id}`);
}

const of = 'v1-files';

export const BROKEN_RECIPES: Readonly<Record<string, BrokenRecipe>> = {
  'v1-broken-cut-pack': {
    comment: 'the longest data pack, cut in the middle',
    of,
    change: async (store) => truncate(store, await longest(store, 'data/'), 20_000),
  },
  'v1-broken-flipped-pack': {
    comment: 'a bit of the longest data pack',
    of,
    change: async (store) => flip(store, await longest(store, 'data/'), 5000),
  },
  'v1-broken-missing-pack': {
    comment: 'the longest data pack is gone',
    of,
    change: async (store) => store.delete(await longest(store, 'data/')),
  },
  'v1-broken-missing-metadata': {
    comment: 'the longest metadata pack is gone',
    of,
    change: async (store) => store.delete(await longest(store, 'meta/')),
  },
  'v1-broken-flipped-index': {
    comment: 'a bit of the longest index file',
    of,
    change: async (store) => flip(store, await longest(store, 'index/'), 300),
  },
  'v1-broken-missing-index': {
    comment: 'all index files are gone',
    of,
    change: async (store) => {
      for (const key of await keysUnder(store, 'index/')) await store.delete(key);
    },
  },
  'v1-broken-cut-snapshot': {
    comment: 'a snapshot without its last byte',
    of,
    change: async (store) => {
      const [key = ''] = await keysUnder(store, 'snapshots/');
      await truncate(store, key, (await store.get(key)).length - 1);
    },
  },
  'v1-broken-swapped-snapshots': {
    comment: 'two snapshots, each under the name of the other',
    of,
    change: async (store) => {
      const [a = '', b = ''] = await keysUnder(store, 'snapshots/');
      await swap(store, a, b);
    },
  },
  'v1-broken-replaced-snapshot': {
    comment: 'the first snapshot of a host, replaced by somebody with the keys',
    of,
    change: replaceFirstSnapshot,
  },
  'v1-broken-missing-snapshot': {
    comment: 'the first snapshot of a host is gone, and no record says why',
    of,
    change: deleteFirstSnapshot,
  },
};
