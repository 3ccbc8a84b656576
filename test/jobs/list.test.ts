import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { displayPath, toPathKey } from '../../src/files/path.ts';
import { listEntries } from '../../src/jobs/list.ts';
import { resolveSnapshot } from '../../src/jobs/snapshots.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp, collect, keysUnder, newVault } from '../support/test-vault.ts';
import { symlink, tree } from '../support/tree.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
const store = new MemoryStore();
let vault: Vault;
let snapshot: SavedSnapshot;

beforeAll(async () => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`f${i}`, '']));
  tree(files, {
    a: { deep: { er: 'x' } },
    'a-b': 'sorts after a and what is in it',
    big: many,
    'c\x01d': 'control character',
    link: symlink('a/deep'),
  });
  vault = await newVault(store);
  await backUp(vault, [files]);
  snapshot = await resolveSnapshot(vault, 'latest');
});

const key = (path: string): Uint8Array => toPathKey(Buffer.from(path));

async function list(path: string | undefined, recursive = false): Promise<string[]> {
  const inside = path === undefined ? undefined : key(path);
  const entries = await collect(listEntries(vault, snapshot, inside, { recursive }));
  return entries.map((entry) => displayPath(entry.path));
}

describe('listing', () => {
  test('a folder gives what is directly in it, in order', async () => {
    const names = ['a', 'a-b', 'big', 'c\\x01d', 'link'];
    expect(await list(files)).toEqual(names.map((name) => `${files}/${name}`));
  });

  test('a folder of many files gives each once', async () => {
    const names = readdirSync(join(files, 'big')).sort();
    expect(await list(`${files}/big`)).toEqual(names.map((name) => `${files}/big/${name}`));
  });

  test('recursively gives everything below, not the folder itself', async () => {
    expect(await list(`${files}/a`, true)).toEqual([`${files}/a/deep`, `${files}/a/deep/er`]);
    expect(await list(files, true)).toHaveLength(3000 + 7);
  });

  test('the top gives the folders above what was saved', async () => {
    const first = `/${folder.split('/')[1]}`;
    expect(await list(undefined)).toEqual([first]);
    expect(await list('/')).toEqual([first]);
    expect((await list('/', true)).at(-1)).toBe(`${files}/link`);
  });

  test('a file or a link gives itself', async () => {
    expect(await list(`${files}/a/deep/er`)).toEqual([`${files}/a/deep/er`]);
    expect(await list(`${files}/link`, true)).toEqual([`${files}/link`]);
  });

  test.each([
    ['nothing', /nearest folder/],
    ['a/nothing/at/all', /nearest folder.*files\/a`/],
    ['a-b/c', /is not a folder/],
    ['link/er', /is a link to a\/deep/],
  ])('%s fails and says what is near', async (path, hint) => {
    const failing = list(`${files}/${path}`);
    await expect(failing).rejects.toMatchObject({ code: 'snapshot/path' });
    await expect(failing).rejects.toHaveProperty('hint', expect.stringMatching(hint));
  });

  test('the top does not load what lies deeper', async () => {
    const before = store.get.bind(store);
    const loaded: string[] = [];
    store.get = async (name, options) => {
      loaded.push(name);
      return before(name, options);
    };
    await list(undefined);
    store.get = before;
    expect(loaded.length).toBeGreaterThan(0);
    expect(loaded.filter((name) => name.startsWith('data/'))).toEqual([]);
    expect(await keysUnder(store, 'meta/')).not.toEqual([]);
  });
});
