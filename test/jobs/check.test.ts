import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import { asSealedBytes, sealObject } from '../../src/crypto/sealed/seal.ts';
import { decodeHeader, ObjectKind } from '../../src/crypto/sealed/header.ts';
import { sealContext } from '../../src/crypto/vault-keys.ts';
import { encodeFrame } from '../../src/format/frame.ts';
import { encodeSnapshot } from '../../src/format/snapshot.ts';
import type { CheckOptions } from '../../src/jobs/check.ts';
import { check } from '../../src/jobs/check.ts';
import type { CheckEvent, CheckFinding, CheckSummary } from '../../src/jobs/events.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { loadSnapshot, saveSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tree } from '../support/tree.ts';
import {
  backUp,
  copyOf,
  flip,
  keysUnder,
  newVault,
  overwrite,
  random,
  reopen,
  swap,
  truncate,
} from '../support/test-vault.ts';

const folder = temporaryFolder();
const original = new MemoryStore();
/** Ids of two snapshots of one host: the second has one more file. */
let ids: [string, string];

beforeAll(async () => {
  const vault = await newVault(original);
  const files = join(folder, 'files');
  tree(files, { 'one.bin': random(300_000), sub: { 'two.txt': 'two '.repeat(50), empty: '' } });
  const first = await backUp(vault, [files]);
  writeFileSync(join(files, 'three.bin'), random(200_000));
  const second = await backUp(vault, [files]);
  ids = [first.summary.snapshotId ?? '', second.summary.snapshotId ?? ''];
});

interface Checked {
  readonly events: readonly CheckEvent[];
  readonly findings: readonly CheckFinding[];
  readonly summary: CheckSummary;
}

async function runCheck(vault: Vault, options: CheckOptions = {}): Promise<Checked> {
  const events: CheckEvent[] = [];
  for await (const event of check(vault, options)) events.push(event);
  const last = events.at(-1);
  if (last?.type !== 'summary') throw new Error('a check ends with its summary');
  return { events, findings: events.filter((event) => event.type === 'finding'), summary: last };
}

/** Checks a copy of the vault after `damage` was done to it. */
async function checkAfter(
  damage: (store: MemoryStore) => Promise<void>,
  options: CheckOptions = {},
): Promise<Checked> {
  const store = await copyOf(original);
  await damage(store);
  return runCheck(await reopen(store), options);
}

const reasons = ({ findings }: Checked): string[] =>
  findings.map(({ reason, subject }) => `${reason} ${subject}`).sort();

/** The data pack with `one.bin` (both snapshots need it) and the one with `three.bin`. */
async function dataPacks(): Promise<[string, string]> {
  const sizes = await Promise.all(
    (await keysUnder(original, 'data/')).map(async (key) => ({
      key,
      size: (await original.get(key)).length,
    })),
  );
  const [large, small] = sizes.sort((a, b) => b.size - a.size).map(({ key }) => key);
  return [large ?? '', small ?? ''];
}

const oneBin = (id: string): string => `${id.slice(0, 8)}:${folder}/files/one.bin`;

describe('a vault without damage', () => {
  test('has no findings, and the summary counts what there is', async () => {
    const { summary, findings } = await checkAfter(async () => undefined);
    expect(findings).toEqual([]);
    const packs = (await keysUnder(original, 'data/')).length;
    const metaPacks = (await keysUnder(original, 'meta/')).length;
    expect(summary).toMatchObject({ errors: 0, warnings: 0, snapshots: 2, packsRead: 0 });
    expect(summary.packs).toBe(packs + metaPacks);
    expect(summary.chunks).toBeGreaterThan(4);
  });

  test('is read whole when asked, with threads', async () => {
    const { summary, findings } = await checkAfter(async () => undefined, { readData: 'all' });
    expect(findings).toEqual([]);
    expect(summary.packsRead).toBe(summary.packs);
    expect(summary.bytesRead).toBeGreaterThan(500_000);
  });

  test('of one that holds nothing yet is sound too', async () => {
    const checked = await runCheck(await newVault(), { readData: 'all' });
    expect(checked.summary).toMatchObject({ errors: 0, warnings: 0, snapshots: 0, packs: 0 });
  });

  test.each([1, 3])('falls into %i parts that together are all packs', async (of) => {
    let read = 0;
    for (let part = 1; part <= of; part++) {
      const { summary } = await checkAfter(async () => undefined, { readData: { part, of } });
      read += summary.packsRead;
      if (part === of) expect(read).toBe(summary.packs);
    }
  });

  test('is read in part by share and by size', async () => {
    const none = async () => undefined;
    const half = await checkAfter(none, { readData: { fraction: 0.5 } });
    expect(half.summary.packsRead).toBe(Math.ceil(half.summary.packs / 2));
    const bytes = await checkAfter(none, { readData: { bytes: 1 } });
    expect(bytes.summary.packsRead).toBe(1);
  });
});

describe('a data pack', () => {
  test('that is gone is named with the files of both snapshots that need it', async () => {
    const [key] = await dataPacks();
    const checked = await checkAfter((store) => store.delete(key));
    expect(reasons(checked)).toEqual([
      `pack-missing ${key}`,
      ...ids.map((id) => `snapshot-damaged snapshot ${id}`).sort(),
    ]);
    const missing = checked.findings.find(({ reason }) => reason === 'pack-missing');
    expect(missing?.severity).toBe('error');
    expect(missing?.affects).toEqual(expect.arrayContaining(ids.map(oneBin)));
    expect(checked.summary.errors).toBe(3);
  });

  test('that only the newer snapshot needs leaves the older one whole', async () => {
    const [, key] = await dataPacks();
    const checked = await checkAfter((store) => store.delete(key));
    expect(reasons(checked)).toEqual([
      `pack-missing ${key}`,
      `snapshot-damaged snapshot ${ids[1]}`,
    ]);
  });

  test('that was cut is noticed by its size alone', async () => {
    const [key] = await dataPacks();
    const checked = await checkAfter((store) => truncate(store, key, 100_000));
    expect(reasons(checked)).toContain(`pack-size ${key}`);
  });

  test('in which a bit flipped is noticed when it is read, with what is lost', async () => {
    const [key] = await dataPacks();
    const damage = (store: MemoryStore) => flip(store, key, 5000);
    expect((await checkAfter(damage)).findings).toEqual([]);
    const checked = await checkAfter(damage, { readData: 'all' });
    const found = checked.findings.find(({ subject }) => subject === key);
    expect(found).toMatchObject({ reason: 'chunk-damaged', severity: 'error' });
    expect(found?.affects).toEqual(expect.arrayContaining(ids.map(oneBin)));
    for (const id of ids) expect(reasons(checked)).toContain(`snapshot-damaged snapshot ${id}`);
    expect(checked.events).toContainEqual(expect.objectContaining({ type: 'notice' }));
  });

  test.each([
    ['header', 6],
    ['salt', 40],
    ['commitment', 70],
  ])('with another %s cannot be opened at all', async (_part, at) => {
    const [key] = await dataPacks();
    const checked = await checkAfter((store) => flip(store, key, at), { readData: 'all' });
    expect(reasons(checked)).toContain(`pack-damaged ${key}`);
    const found = checked.findings.find(({ reason }) => reason === 'pack-damaged');
    expect(found?.affects).toContain(oneBin(ids[0]));
  });

  test('that changed places with another is refused under its name', async () => {
    const [a, b] = await dataPacks();
    const checked = await checkAfter((store) => swap(store, a, b), { readData: 'all' });
    expect(reasons(checked)).toEqual(
      expect.arrayContaining([`pack-damaged ${a}`, `pack-damaged ${b}`, `pack-size ${a}`]),
    );
  });

  test('that no index names is a warning only', async () => {
    const id = 'ab'.repeat(16);
    const checked = await checkAfter((store) => overwrite(store, `data/ab/${id}`, random(50)));
    expect(reasons(checked)).toEqual([`pack-unindexed data/ab/${id}`]);
    expect(checked.summary).toMatchObject({ errors: 0, warnings: 1 });
  });
});

describe('metadata', () => {
  test('in which a bit flipped is noticed without reading data', async () => {
    for (const key of await keysUnder(original, 'meta/')) {
      const checked = await checkAfter((store) => flip(store, key, 500));
      expect(reasons(checked)).toContain(`chunk-damaged ${key}`);
      const found = checked.findings.find(({ subject }) => subject === key);
      expect(found?.affects?.join()).toMatch(/ and what follows it$/);
    }
  });

  test('that is gone makes its snapshots damaged, and only those', async () => {
    const counts = [];
    for (const key of await keysUnder(original, 'meta/')) {
      const checked = await checkAfter((store) => store.delete(key));
      expect(reasons(checked)).toContain(`pack-missing ${key}`);
      counts.push(checked.summary.errors);
    }
    expect(counts.every((errors) => errors >= 2)).toBe(true);
  });
});

describe('the index', () => {
  test('that cannot be read is named, and so is what it alone knew', async () => {
    const keys = await keysUnder(original, 'index/');
    for (const key of keys) {
      const checked = await checkAfter((store) => flip(store, key, 200));
      expect(reasons(checked)).toContain(`object-damaged ${key}`);
      expect(reasons(checked)).toContain('chunk-missing index');
      expect(checked.findings.some(({ reason }) => reason === 'pack-unindexed')).toBe(true);
    }
  });

  test('that is gone leaves packs that nobody names', async () => {
    const keys = await keysUnder(original, 'index/');
    const checked = await checkAfter(async (store) => {
      for (const key of keys) await store.delete(key);
    });
    expect(reasons(checked)).toContain('chunk-missing index');
    expect(checked.summary.packs).toBe(0);
    expect(checked.summary.warnings).toBeGreaterThanOrEqual(2);
  });

  test('files that changed places are both refused', async () => {
    const [a = '', b = ''] = await keysUnder(original, 'index/');
    const checked = await checkAfter((store) => swap(store, a, b));
    expect(reasons(checked)).toContain(`object-damaged ${a}`);
    expect(reasons(checked)).toContain(`object-damaged ${b}`);
  });
});

describe('a snapshot', () => {
  test.each([
    ['flipped', (store: MemoryStore, key: string) => flip(store, key, -20)],
    ['cut', (store: MemoryStore, key: string) => truncate(store, key, 120)],
    ['emptied', (store: MemoryStore, key: string) => truncate(store, key, 0)],
  ])('that was %s is named, and the others are still checked', async (_how, damage) => {
    const key = `snapshots/${ids[0]}`;
    const checked = await checkAfter((store) => damage(store, key));
    expect(reasons(checked)).toEqual([`object-damaged ${key}`]);
    expect(checked.summary.snapshots).toBe(2);
  });

  test('that another one follows and that is gone is noted, and no error', async () => {
    const checked = await checkAfter((store) => store.delete(`snapshots/${ids[0]}`));
    expect(checked.findings).toEqual([]);
    const notes = checked.events.filter((event) => event.type === 'notice');
    expect(notes.map(({ message }) => message).join()).toContain(ids[0].slice(0, 8));
  });

  test('that changed places with another is refused under its name', async () => {
    const keys = ids.map((id) => `snapshots/${id}`);
    const checked = await checkAfter((store) => swap(store, keys[0] ?? '', keys[1] ?? ''));
    expect(reasons(checked)).toEqual(keys.map((key) => `object-damaged ${key}`).sort());
  });

  test('that was replaced by somebody with the keys breaks the chain', async () => {
    const key = `snapshots/${ids[0]}`;
    const store = await copyOf(original);
    const vault = await reopen(store);
    const { snapshot } = await loadSnapshot(vault, ids[0]);
    const { salt } = decodeHeader(await store.get(key));
    const frame = encodeFrame(encodeSnapshot({ ...snapshot, user: 'somebody else' }));
    const context = sealContext(vault.keys, random);
    const forged = sealObject(context, ObjectKind.snapshot, frame, salt);
    await store.put(key, asSealedBytes(forged.bytes));
    const checked = await runCheck(vault);
    expect(reasons(checked)).toEqual([`snapshot-replaced snapshot ${ids[0]}`]);
  });

  test('whose totals are not those of its manifest is found out', async () => {
    const store = await copyOf(original);
    const vault = await reopen(store);
    const { snapshot } = await loadSnapshot(vault, ids[1]);
    const totals = { ...snapshot.totals, bytes: snapshot.totals.bytes + 1 };
    const saved = await saveSnapshot(vault, { ...snapshot, host: 'other', totals });
    const checked = await runCheck(vault);
    expect(reasons(checked)).toContain(`manifest-damaged snapshot ${saved.id}`);
    expect(reasons(checked)).not.toContain(`manifest-damaged snapshot ${ids[1]}`);
  });
});

describe('everything else in the bucket', () => {
  test.each(['stray.txt', 'snapshots/.DS_Store', 'index/more/x', 'config/Thumbs.db', 'data/x'])(
    'such as %s is a warning and disturbs nothing',
    async (key) => {
      const checked = await checkAfter((store) => overwrite(store, key, random(10)));
      expect(reasons(checked)).toEqual([`unknown-object ${key}`]);
      expect(checked.summary).toMatchObject({ errors: 0, warnings: 1 });
    },
  );

  test('a damaged key slot beside the one that opens is an error', async () => {
    const [slot = ''] = await keysUnder(original, 'keys/');
    const key = `keys/${'cd'.repeat(16)}.json`;
    const checked = await checkAfter(async (store) => {
      await overwrite(store, key, await store.get(slot));
    });
    expect(reasons(checked)).toEqual([`object-damaged ${key}`]);
  });

  test('what an interrupted writer left is cleared away after a day', async () => {
    const place = join(folder, 'vault');
    const vault = await newVault(new DirectoryStore(place));
    const left = join(place, 'keys', '.tmp-left');
    writeFileSync(left, 'x');
    const day = 24 * 3600;
    const nowSec = vault.clock() / 1000;
    utimesSync(left, nowSec - day + 600, nowSec - day + 600);
    expect((await runCheck(vault)).summary.uploadsSwept).toBe(0);
    utimesSync(left, nowSec - day - 600, nowSec - day - 600);
    expect((await runCheck(vault)).summary.uploadsSwept).toBe(1);
    expect(existsSync(left)).toBe(false);
  });
});

describe('a check', () => {
  test('ends when the store denies access', async () => {
    const store = await copyOf(original);
    const vault = await reopen(store);
    store.get = async () => {
      throw new AppError('store/denied', 'no');
    };
    await expect(runCheck(vault)).rejects.toMatchObject({ code: 'store/denied' });
  });

  test.each([undefined, 'all' as const])(
    'is interrupted by its signal (data: %s)',
    async (data) => {
      const vault = await reopen(await copyOf(original));
      const stop = new AbortController();
      stop.abort();
      const options = { signal: stop.signal, ...(data && { readData: data }) };
      await expect(runCheck(vault, options)).rejects.toMatchObject({ code: 'interrupted' });
    },
  );

  test('that nobody listens to any more stops', async () => {
    const vault = await reopen(await copyOf(original));
    for await (const event of check(vault, { readData: 'all' })) {
      expect(event.type).toBe('progress');
      break;
    }
  });

  test('only says that clearing away is not allowed', async () => {
    const store = await copyOf(original);
    store.sweep = async () => {
      throw new AppError('store/denied', 'not you');
    };
    const { summary, events } = await runCheck(await reopen(store));
    expect(summary).toMatchObject({ errors: 0, uploadsSwept: 0 });
    expect(events).toContainEqual(expect.objectContaining({ type: 'notice' }));
  });
});
