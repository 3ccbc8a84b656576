import { beforeAll, describe, expect, test } from 'vitest';
import { parseSnapshotSelector } from '../../src/jobs/inspect/snapshot-selector.ts';
import { listSnapshots, resolveSnapshot } from '../../src/jobs/snapshots.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { copyOf, flip, newVault, reopen } from '../support/test-vault.ts';
import { saveSnapshot } from '../support/save-snapshot.ts';

const store = new MemoryStore();
let vault: Vault;
/** In the order of their times: a web host's three, a database's one, and web's fourth. */
const ids: string[] = [];

beforeAll(async () => {
  vault = await newVault(store);
  const made = [
    { host: 'web', tags: ['daily'], roots: ['home'] },
    { host: 'web', tags: ['daily', 'weekly'], roots: ['home', 'etc'] },
    { host: 'web', tags: [], roots: [''] },
    { host: 'db,1', tags: ['daily'], roots: ['var\0lib'] },
    { host: 'web', tags: ['note~2'], roots: ['home\0me'], user: 'me' },
  ];
  const last = new Map<string, { id: string; sha256: string }>();
  for (const [i, { host, tags, roots, user = 'root' }] of made.entries()) {
    const previous = last.get(host);
    const saved = await saveSnapshot(vault, {
      timeMs: 1000 * (i + 1),
      host,
      user,
      roots: roots.map((root) => Buffer.from(root)),
      tags,
      manifest: { id: new Uint8Array(32), level: 0, entries: 0 },
      totals: { files: 0, directories: 0, others: 0, bytes: 0 },
      chain: { sequence: i, ...(previous && { previous }) },
      program: 'test',
      complete: true,
    });
    last.set(host, { id: saved.id, sha256: saved.sha256 });
    ids.push(saved.id);
  }
});

async function numberOf(selector: string): Promise<number> {
  return ids.indexOf((await resolveSnapshot(vault, selector)).id);
}

describe('a selector', () => {
  test.each([
    ['latest', 4],
    ['latest~0', 4],
    ['latest~4', 0],
    ['latest:host=web', 4],
    ['latest~1:host=web', 2],
    ['latest:host=web~1', 2],
    ['latest:host=db,1', 3],
    ['latest:tag=daily', 3],
    ['latest:tag=daily,host=web', 1],
    ['latest:tag=daily:host=web', 1],
    ['latest:tag=daily,tag=weekly', 1],
    ['latest:host=db,1,tag=daily', 3],
    ['latest:user=root', 3],
    ['latest:path=/etc', 2],
    ['latest~1:path=/etc', 1],
    ['latest:path=/home', 2],
    ['latest:path=/home/me', 4],
    ['latest:path=/var/lib/x', 3],
    ['latest~0:tag=note~2', 4],
  ])('%s is snapshot %i', async (selector, number) => {
    expect(await numberOf(selector)).toBe(number);
  });

  test('may be the start of an id, in either case', async () => {
    for (const [number, id] of ids.entries()) {
      expect(await numberOf(id)).toBe(number);
      expect(await numberOf(id.slice(0, 12).toUpperCase())).toBe(number);
    }
  });

  test.each(['', 'la', 'latest~', 'latest:', 'latest:tag=', 'latest:colour=red', 'abc', 'zzzzz'])(
    "'%s' is none",
    async (selector) => {
      await expect(resolveSnapshot(vault, selector)).rejects.toMatchObject({ code: 'usage' });
    },
  );

  test('refuses a path that is not absolute', async () => {
    const failing = resolveSnapshot(vault, 'latest:path=home');
    await expect(failing).rejects.toMatchObject({ code: 'usage' });
  });

  test.each([
    'latest~5',
    'latest:tag=none',
    'latest:host=nobody',
    'latest:tag=note~2',
    '0123456789abcdef',
  ])('%s names nothing', async (selector) => {
    const failing = resolveSnapshot(vault, selector);
    await expect(failing).rejects.toMatchObject({ code: 'snapshot/not-found' });
  });

  test('that starts several ids is ambiguous, and says which', async () => {
    const copy = await copyOf(store);
    const [id = ''] = ids;
    const twin = `snapshots/${id.slice(0, 8)}${'0'.repeat(24)}`;
    await copy.put(twin, (await copy.get(`snapshots/${id}`)) as never);
    const failing = resolveSnapshot(await reopen(copy), id.slice(0, 8));
    await expect(failing).rejects.toMatchObject({ code: 'snapshot/ambiguous' });
    await expect(failing).rejects.toHaveProperty('hint', expect.stringContaining(id));
  });

  test('in a vault without snapshots says that there are none', async () => {
    const failing = resolveSnapshot(await newVault(), 'latest');
    await expect(failing).rejects.toMatchObject({ code: 'snapshot/not-found' });
  });

  test('keeps its parts apart', () => {
    expect(parseSnapshotSelector('latest~3:tag=a,path=/x,y')).toEqual({
      type: 'latest',
      before: 3,
      filter: { tags: ['a'], paths: ['/x,y'] },
    });
  });
});

describe('a damaged snapshot', () => {
  test('that may be the newest is not passed over for an older one', async () => {
    const copy = await copyOf(store);
    await flip(copy, `snapshots/${ids[4]}`, 150);
    const failing = resolveSnapshot(await reopen(copy), 'latest');
    await expect(failing).rejects.toMatchObject({ code: 'object/segment' });
    expect((await resolveSnapshot(await reopen(copy), ids[2] ?? '')).id).toBe(ids[2]);
  });

  test('that another one follows does not stand in the way', async () => {
    const copy = await copyOf(store);
    await flip(copy, `snapshots/${ids[1]}`, 150);
    expect((await resolveSnapshot(await reopen(copy), 'latest')).id).toBe(ids[4]);
  });

  test('is told of, and does not hide the others', async () => {
    const copy = await copyOf(store);
    await flip(copy, `snapshots/${ids[1]}`, 150);
    const damaged: string[] = [];
    const onDamaged = ({ id }: { id: string }) => damaged.push(id);
    const found = await listSnapshots(await reopen(copy), { onDamaged });
    expect(found.map(({ id }) => id)).toEqual(ids.filter((_, i) => i !== 1));
    expect(damaged).toEqual([ids[1]]);
  });
});

describe('a list', () => {
  test.each([
    [{}, [0, 1, 2, 3, 4]],
    [{ latest: 2 }, [3, 4]],
    [{ latest: 0 }, []],
    [{ hosts: ['web'] }, [0, 1, 2, 4]],
    [{ hosts: ['web'], latest: 2 }, [2, 4]],
    [{ hosts: ['web', 'db,1'], tags: ['daily'] }, [0, 1, 3]],
    [{ tags: ['daily', 'weekly'] }, [1]],
    [{ paths: ['/home', '/etc'] }, [1, 2]],
  ])('with %j', async (filter, numbers) => {
    const found = await listSnapshots(vault, filter);
    expect(found.map(({ id }) => ids.indexOf(id))).toEqual(numbers);
  });
});
