/** Locks on a real server: what they hold, what is deleted in spite of old versions, and what comes back. */
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import { recoverObjects } from '../../src/jobs/recover/recover.ts';
import { deleteMany } from '../../src/store/delete-many.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { ObjectStore, ObjectVersion } from '../../src/store/port.ts';
import type { S3Config } from '../../src/store/s3/config.ts';
import { openS3Store } from '../../src/store/s3/open-s3-store.ts';
import { findLocked } from '../../src/vault/lock/find-locked.ts';
import { initVault } from '../../src/vault/init-vault.ts';
import { renewLocks } from '../../src/vault/lock/lock-renewal.ts';
import { restoreAll, save } from '../jobs/restore/fixture.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { collect, keysUnder, random, reopen, tickingClock, WORDS } from '../support/test-vault.ts';
import { random as bytesOf, tree } from '../support/tree.ts';
import {
  destroyBucket,
  destroyVersion,
  expireAll,
  forgetExpiry,
  hideAll,
  overwriteAll,
} from './attack.ts';
import { describeObjectStore, listed, sharedBytes, storable } from './contract.ts';
import {
  countedStore,
  fullRightsWithoutBypass,
  lockedBucket,
  versionedBucket,
  versionsIn,
} from './locked-bucket.ts';
import { freshBucket, rgwConfig, witness, withoutRgw } from './rgw.ts';

const DAY_MS = 86_400_000;
const PACK = `data/ab/${'ab'.repeat(16)}`;
const name = (n: number): string => n.toString(16).padStart(32, '0');
const seconds = (n: number): number => n / 86_400;

describe.skipIf(withoutRgw)('a bucket that keeps versions', () => {
  describeObjectStore('the S3 store in it', async () =>
    openS3Store(rgwConfig(await versionedBucket())),
  );

  it('keeps nothing of what is deleted', async () => {
    const bucket = await versionedBucket();
    const store = await openS3Store(rgwConfig(bucket));
    for (const body of ['one', 'two', 'three']) await store.put(PACK, storable(body));
    await store.put(`${PACK}0`, storable('a neighbour'));
    await witness().send(new DeleteObjectCommand({ Bucket: bucket, Key: `some/prefix/${PACK}` }));
    await store.delete(PACK);
    const left = await versionsIn(bucket);
    expect(left.map(({ Key }) => Key)).toEqual([`some/prefix/${PACK}0`]);
  });

  it('loses 600 versions of 300 objects in few requests', async () => {
    const bucket = await versionedBucket();
    const { store, sent } = await countedStore(bucket);
    const keys = Array.from({ length: 300 }, (_, n) => `data/00/${name(n)}`);
    const wanted = [...keys, ...keys, 'index/stays'].values();
    const writer = async () => {
      for (const key of wanted) await store.put(key, storable(key));
    };
    await Promise.all(Array.from({ length: 24 }, writer));
    sent.clear();
    const outcome = await deleteMany(store, [...keys, 'data/00/absent']);
    expect(outcome).toEqual({ removed: 301, locked: [] });
    expect(Object.fromEntries(sent)).toEqual({
      GetBucketVersioningCommand: 1,
      ListObjectVersionsCommand: 1,
      DeleteObjectsCommand: 3,
    });
    const left = await versionsIn(bucket);
    expect(left.map(({ Key }) => Key)).toEqual(['some/prefix/index/stays']);
    await store.close();
  });

  it('is listed past what nobody asks for, where little is to go', async () => {
    const bucket = await versionedBucket();
    const { store, sent } = await countedStore(bucket);
    const keys = Array.from({ length: 1100 }, (_, n) => `data/00/${name(n)}`);
    const wanted = keys.values();
    const writer = async () => {
      for (const key of wanted) await store.put(key, storable('x'));
    };
    await Promise.all(Array.from({ length: 24 }, writer));
    const some = [keys[3], keys[600], keys[1099]] as string[];
    sent.clear();
    expect(await deleteMany(store, some)).toEqual({ removed: 3, locked: [] });
    expect(sent.get('ListObjectVersionsCommand')).toBeLessThanOrEqual(2);
    expect((await versionsIn(bucket)).length).toBe(1097);
    expect(await store.head(keys[3] as string)).toBeUndefined();
    await store.close();
  });
});

describe.skipIf(withoutRgw)('a bucket without versions', () => {
  it('loses 1100 objects in three requests', async () => {
    const { store, sent } = await countedStore(await freshBucket());
    const keys = Array.from({ length: 1100 }, (_, n) => `data/00/${name(n)}`);
    const wanted = keys.values();
    const writer = async () => {
      for (const key of wanted) await store.put(key, storable('x'));
    };
    await Promise.all(Array.from({ length: 24 }, writer));
    sent.clear();
    expect(await deleteMany(store, keys)).toEqual({ removed: 1100, locked: [] });
    expect(Object.fromEntries(sent)).toEqual({
      GetBucketVersioningCommand: 1,
      DeleteObjectsCommand: 2,
    });
    expect(await listed(store.list(''))).toEqual([]);
    await store.close();
  });

  it('is refused for a vault with locks, before anything is written', async () => {
    const bucket = await freshBucket();
    const lock = { mode: 'governance', days: 7 } as const;
    const store = await openS3Store(rgwConfig(bucket, { lock }));
    const settings = { ...DEFAULT_SETTINGS, lock };
    const init = initVault(store, { mnemonic: WORDS, settings, random, clock: Date.now });
    const refusal = { code: 'store/config', hint: expect.stringContaining('Object Lock') };
    await expect(init).rejects.toMatchObject(refusal);
    expect(await versionsIn(bucket)).toEqual([]);
  });
});

it('a folder is refused for a vault with locks', async () => {
  const settings = { ...DEFAULT_SETTINGS, lock: { mode: 'compliance', days: 7 } } as const;
  const init = initVault(new MemoryStore(), {
    mnemonic: WORDS,
    settings,
    random,
    clock: Date.now,
  });
  await expect(init).rejects.toMatchObject({ code: 'store/config' });
});

describe.skipIf(withoutRgw).each(['governance', 'compliance'] as const)('%s', (mode) => {
  let bucket: string;
  beforeAll(async () => {
    bucket = await lockedBucket();
  });
  const parts = { singlePutBytes: 5 * MiB, partBytes: 5 * MiB };
  const open = (days: number, more: Partial<S3Config> = {}) =>
    openS3Store(rgwConfig(bucket, { ...parts, lock: { mode, days }, ...more }));
  const at = (key: string) => ({ Bucket: bucket, Key: `some/prefix/${key}` });
  const retention = async (key: string) =>
    (await witness().send(new GetObjectRetentionCommand(at(key)))).Retention;

  it('locks whatever is written, small, large, and in parts', async () => {
    const store = await open(7);
    const bodies = { 'vault.json': 100, [`index/${name(1)}`]: 4 * MiB, [PACK]: 12 * MiB };
    for (const round of [1, 2]) {
      for (const [key, length] of Object.entries(bodies)) {
        await store.put(key, storable(sharedBytes(length)));
        const { Mode, RetainUntilDate } = (await retention(key)) ?? {};
        const leftMs = (RetainUntilDate?.getTime() ?? 0) - Date.now();
        expect(Mode, `${key} in round ${round}`).toBe(mode.toUpperCase());
        expect(leftMs).toBeGreaterThan(7 * DAY_MS - 60_000);
        expect(leftMs).toBeLessThan(7 * DAY_MS + 60_000);
      }
    }
  });

  it('looks at the lock of the first object, and then trusts the server', async () => {
    const { store, sent } = await countedStore(bucket, { lock: { mode, days: seconds(60) } });
    for (let n = 0; n < 4; n++) await store.put(`index/${name(20 + n)}`, storable('x'));
    expect(sent.get('HeadObjectCommand')).toBe(1);
    expect(sent.get('PutObjectCommand')).toBe(4);
    expect(sent.get('PutObjectRetentionCommand')).toBeUndefined();
    await store.close();
  });

  it('is told, not hidden, when something locked is deleted', async () => {
    const store = await open(7);
    const keys = [name(31), name(32)].map((id) => `index/${id}`);
    for (const key of keys) await store.put(key, storable(key));
    const [key = ''] = keys;
    await expect(store.delete(key)).rejects.toMatchObject({ code: 'store/locked' });
    expect(await deleteMany(store, [...keys, 'index/absent'])).toEqual({
      removed: 1,
      locked: keys,
    });
    // Also for a program that does not know of the vault's lock.
    const plain = await openS3Store(rgwConfig(bucket));
    await expect(plain.delete(key)).rejects.toMatchObject({ code: 'store/locked' });
    expect((await plain.get(key)).length).toBe(key.length);
    const markers = (await versionsIn(bucket)).filter(({ isMarker }) => isMarker);
    expect(markers).toEqual([]);
  });

  it('ends, and then things can be deleted', async () => {
    const store = await open(seconds(4));
    const keys = [PACK.replaceAll('ab', 'cd'), `index/${name(41)}`];
    for (const key of keys) await store.put(key, storable(sharedBytes(6 * MiB)));
    expect((await deleteMany(store, keys)).locked).toEqual(keys);
    const vault = { store, settings: { ...DEFAULT_SETTINGS, lock: { mode, days: 1 } } };
    expect([...(await findLocked(vault, keys))].sort()).toEqual(keys);
    await sleep(6000);
    expect((await findLocked(vault, keys)).size).toBe(0);
    expect(await deleteMany(store, keys)).toEqual({ removed: 2, locked: [] });
    const left = (await versionsIn(bucket)).map(({ Key }) => Key);
    for (const key of keys) expect(left).not.toContain(`some/prefix/${key}`);
  });

  it('is renewed for first versions, and never made shorter', async () => {
    const short = await open(seconds(30));
    const keys = [51, 52, 53].map((n) => `index/${name(n)}`);
    for (const key of keys) await short.put(key, storable(key));
    await witness().send(new PutObjectCommand({ ...at(keys[0] as string), Body: 'ransom' }));
    const long = await open(7, { prefix: 'some/prefix' });
    const of = (key: string) => keys.includes(key);
    const report = await renewLocks({ store: long }, of);
    expect(report).toMatchObject({ renewed: 3, refused: [], changed: 1, changedKeys: [keys[0]] });
    expect(report.untilMs).toBeGreaterThan(Date.now() + 6.9 * DAY_MS);
    for (const key of keys) {
      const first = await firstVersion(long, key);
      const lock = await witness().send(
        new GetObjectRetentionCommand({ ...at(key), VersionId: first.versionId }),
      );
      expect(lock.Retention?.RetainUntilDate?.getTime()).toBe(report.untilMs);
    }
    const firsts = await Promise.all(keys.map((key) => firstVersion(long, key)));
    const shorter = await short.versions?.retain(firsts);
    expect(shorter).toMatchObject({ renewed: 3, refused: [] });
    expect((await retention(keys[1] as string))?.RetainUntilDate?.getTime()).toBe(report.untilMs);
    const gone = { ...(firsts[0] as ObjectVersion), key: 'index/gone' };
    expect(await long.versions?.retain([gone])).toMatchObject({ refused: ['index/gone'] });
  });

  async function firstVersion(store: ObjectStore, key: string): Promise<ObjectVersion> {
    const histories = store.versions?.list('index/') ?? [];
    for await (const history of histories) if (history.key === key) return history.first;
    throw new Error(`no ${key}`);
  }
});

describe.skipIf(withoutRgw).each(['governance', 'compliance'] as const)(
  'a vault locked for 7 days (%s)',
  (mode) => {
    it('gives everything back after all that stolen keys can do', async () => {
      const lock = { mode, days: 7 } as const;
      const folder = temporaryFolder();
      tree(join(folder, 'source'), {
        'letters.txt': 'dear you',
        deep: { 'photo.raw': bytesOf(3_000_000, 1), empty: '' },
      });
      const bucket = await lockedBucket();
      const store = await openS3Store(rgwConfig(bucket, { lock }));
      const clock = tickingClock(Date.now());
      await initVault(store, {
        mnemonic: WORDS,
        settings: { ...DEFAULT_SETTINGS, lock },
        random,
        clock,
      });
      const vault = await reopen(store);
      expect(vault.settings.lock).toEqual(lock);
      const snapshot = await save(vault, [join(folder, 'source')]);
      const ours = await versionsIn(bucket);
      expect(ours.length).toBeGreaterThanOrEqual(6);

      // Compliance holds against the owner too.
      const thief = mode === 'compliance' ? witness() : await fullRightsWithoutBypass(bucket);
      for (const version of ours) {
        expect(await destroyVersion(thief, bucket, version, mode === 'compliance')).toEqual({
          delete: 'AccessDenied',
          deleteTogether: 'AccessDenied',
          shortenGovernance: 'AccessDenied',
          shortenCompliance: 'AccessDenied',
        });
      }
      const keys = ours.map(({ Key }) => Key);
      await expireAll(thief, bucket);
      await overwriteAll(thief, bucket, keys.slice(0, -2), new Date(Date.now() + 30 * DAY_MS));
      await hideAll(thief, bucket, keys.slice(1));
      expect(await destroyBucket(thief, bucket)).toMatchObject({
        deleteBucket: 'BucketNotEmpty',
        suspendVersioning: 'InvalidBucketState',
        disableLock: expect.not.stringMatching(/^done$/),
      });
      // With RGW_LC_DEBUG a day of the server's expiry takes that many seconds.
      const lifecycleSeconds = Number(process.env['RGW_LC_DEBUG'] ?? 0);
      const before = await versionsIn(bucket);
      await sleep(lifecycleSeconds * 4000);
      const after = await versionsIn(bucket);
      // What the thief wrote without a lock shows that it was at work.
      if (lifecycleSeconds > 0) expect(after.length).toBeLessThan(before.length);
      for (const { VersionId } of ours) {
        expect(after.filter((version) => version.VersionId === VersionId)).toHaveLength(1);
      }
      await expect(reopen(store)).rejects.toThrow();

      await forgetExpiry(witness(), bucket);
      const options = { clock };
      const dry = await collect(recoverObjects(store, { ...options, dryRun: true }));
      expect(dry.at(-1)).toMatchObject({ objects: keys.length, revived: 0 });
      expect(await versionsIn(bucket)).toEqual(after);
      const events = await collect(recoverObjects(store, options));
      expect(events.filter(({ type }) => type === 'step')).toHaveLength(keys.length);
      const summary = events.at(-1);
      expect(summary).toMatchObject({ objects: keys.length, revived: keys.length, remaining: 0 });
      const again = await collect(recoverObjects(store, options));
      expect(again.at(-1)).toMatchObject({ hidden: 0, replaced: 0 });

      const healed = await reopen(store);
      const target = join(folder, 'target');
      const { summary: restored } = await restoreAll(healed, { snapshot, target });
      expect(restored.filesFailed).toBe(0);
      const there = join(target, folder, 'source');
      expect(compareTrees(join(folder, 'source'), there)).toEqual([]);
      expect(await keysUnder(store, '')).toHaveLength(keys.length);
      await store.close();
    });
  },
);

describe.skipIf(withoutRgw)('a vault whose settings somebody hid', () => {
  it('is not written to, for nobody knows that it wants locks', async () => {
    const lock = { mode: 'governance', days: 7 } as const;
    const bucket = await lockedBucket();
    const store = await openS3Store(rgwConfig(bucket, { lock }));
    const settings = { ...DEFAULT_SETTINGS, lock };
    await initVault(store, { mnemonic: WORDS, settings, random, clock: Date.now });
    const [config = ''] = await keysUnder(store, 'config/');
    await hideAll(witness(), bucket, [`some/prefix/${config}`]);
    await expect(reopen(store)).rejects.toMatchObject({ code: 'vault/contradiction' });
    const head = new HeadObjectCommand({ Bucket: bucket, Key: `some/prefix/${config}` });
    await expect(witness().send(head)).rejects.toThrow();
  });
});
