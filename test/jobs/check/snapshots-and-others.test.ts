import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/base/failure.ts';
import { asSealedBytes, sealObject } from '../../../src/crypto/sealed/seal.ts';
import { decodeHeader, ObjectKind } from '../../../src/crypto/sealed/header.ts';
import { sealContext } from '../../../src/crypto/vault-keys.ts';
import { encodeFrame } from '../../../src/format/frame.ts';
import { encodeSnapshot } from '../../../src/format/snapshot.ts';
import type { CheckOptions } from '../../../src/jobs/check.ts';
import { check } from '../../../src/jobs/check.ts';
import { DirectoryStore } from '../../../src/store/directory.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { saveGcRecord } from '../../../src/vault/gc/gc-state.ts';
import { loadSnapshot } from '../../../src/vault/snapshots.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  copyOf,
  flip,
  keysUnder,
  newVault,
  overwrite,
  random,
  reopen,
  swap,
  truncate,
} from '../../support/test-vault.ts';
import type { SampleIds } from './fixture.ts';
import { checkCopy, makeSample, reasons, runCheck } from './fixture.ts';
import { saveSnapshot } from '../../support/save-snapshot.ts';

const folder = temporaryFolder();
const original = new MemoryStore();
let ids: SampleIds;

beforeAll(async () => {
  ids = await makeSample(original, folder);
});

const checkAfter = (damage: (store: MemoryStore) => Promise<void>, options: CheckOptions = {}) =>
  checkCopy(original, damage, options);

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

  test('that another one follows and that is gone without a tombstone is an error', async () => {
    const checked = await checkAfter((store) => store.delete(`snapshots/${ids[0]}`));
    expect(reasons(checked)).toEqual([`snapshot-missing snapshot ${ids[0]}`]);
    expect(checked.summary.errors).toBe(1);
  });

  test('that was forgotten is no damage, be it gone, be it damaged', async () => {
    const [id] = ids;
    const forget = async (store: MemoryStore): Promise<void> => {
      const vault = await reopen(store);
      const { sha256, snapshot } = await loadSnapshot(vault, id);
      const { host, timeMs, chain } = snapshot;
      const snapshots = [{ id, sha256, host, timeMs, sequence: chain.sequence }];
      await saveGcRecord(vault, { type: 'forgotten', timeMs: 0, graceMs: 0, snapshots });
    };
    const gone = await checkAfter(async (store) => {
      await forget(store);
      await store.delete(`snapshots/${id}`);
    });
    expect(gone.findings).toEqual([]);
    const cut = await checkAfter(async (store) => {
      await forget(store);
      await truncate(store, `snapshots/${id}`, 50);
    });
    expect(cut.findings).toEqual([]);
    const unreadable = await checkAfter(async (store) => {
      await forget(store);
      await store.delete(`snapshots/${id}`);
      const [record = ''] = await keysUnder(store, 'gc/');
      await flip(store, record, -10);
    });
    expect(reasons(unreadable)).toEqual([
      expect.stringMatching(/^object-damaged gc\//),
      `snapshot-missing snapshot ${id}`,
    ]);
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
