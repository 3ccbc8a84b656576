import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { applyLifecycle } from '../../../../src/servers/s3/lifecycle/apply-lifecycle.ts';
import type { LifecycleRule } from '../../../../src/servers/s3/lifecycle/lifecycle-rule.ts';
import { takeStep } from '../../../../src/servers/s3/lifecycle/take-step.ts';
import { writeLifecycle } from '../../../../src/servers/s3/lifecycle/write-lifecycle.ts';
import type { Bucket } from '../../../../src/servers/s3/model/bucket.ts';
import { NO_LOCK } from '../../../../src/servers/s3/model/object-version.ts';
import type { NewVersion, ObjectVersion } from '../../../../src/servers/s3/model/object-version.ts';
import { catalogFolder, emptyUpload, emptyVersion } from '../listing/catalog-folder.ts';
import type { CatalogFolder } from '../listing/catalog-folder.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-03-01T10:30:00Z');

let folder: CatalogFolder;
let bucket: string;

beforeEach(() => {
  folder = catalogFolder();
  bucket = folder.newBucket();
});
afterEach(() => folder[Symbol.dispose]());

const RULE: LifecycleRule = {
  id: 'rule',
  isEnabled: true,
  filter: { prefix: '', tags: {}, sizeAboveBytes: undefined, sizeBelowBytes: undefined },
  expiration: undefined,
  noncurrent: undefined,
  abortUploadDays: undefined,
};
const IN_3_DAYS = { kind: 'days', days: 3 } as const;

const set = (versioning: Bucket['versioning'], ...rules: Partial<LifecycleRule>[]) =>
  folder.catalog.write(() => {
    const whole = rules.map((rule, i) => ({ ...RULE, id: `${i}`, ...rule }));
    folder.catalog.updateBucket(bucket, { versioning, lifecycle: writeLifecycle(whole) });
  });
const add = (key: string, change: Partial<NewVersion> = {}) =>
  folder.catalog.write(() =>
    folder.catalog.insertVersion(emptyVersion(bucket, key, { modifiedMs: START, ...change })),
  );
const pass = (time: string | number, signal = new AbortController().signal) => {
  const ms = typeof time === 'number' ? time : Date.parse(time);
  return applyLifecycle({ catalog: folder.catalog, clock: () => ms, random: randomBytes }, signal);
};
/** Newest first; `-` for a delete marker. */
const versions = (key: string) =>
  folder.catalog.versionsOf(bucket, key).map((one) => (one.isDeleteMarker ? '-' : one.etag));

describe('objects', () => {
  it('expire at the midnight after their days, and not before', async () => {
    await set(undefined, { expiration: IN_3_DAYS });
    await add('old', { versionId: 'null', etag: 'x' });
    await pass('2026-03-04T23:59:59.999Z');
    expect(versions('old')).toEqual(['x']);
    const report = await pass('2026-03-05T00:00:00Z');
    expect(report.expired).toBe(1);
    expect(versions('old')).toEqual([]);
  });

  it('get a delete marker where versions are kept, once', async () => {
    await set('Enabled', { expiration: IN_3_DAYS });
    await add('kept', { etag: 'x' });
    await pass(START + 10 * DAY_MS);
    expect(versions('kept')).toEqual(['-', 'x']);
    await pass(START + 20 * DAY_MS);
    expect(versions('kept')).toEqual(['-', 'x']);
  });

  it('get a null marker where versions are suspended, in place of the null version', async () => {
    await set('Suspended', { expiration: IN_3_DAYS });
    await add('kept', { etag: 'x' });
    await add('kept', { versionId: 'null', etag: 'y' });
    await pass(START + 10 * DAY_MS);
    expect(versions('kept')).toEqual(['-', 'x']);
    expect(folder.catalog.latest(bucket, 'kept')?.versionId).toBe('null');
  });

  it('expire at a date, however new they are', async () => {
    const dateMs = Date.parse('2026-04-01T00:00:00Z');
    await set(undefined, { expiration: { kind: 'date', dateMs } });
    await add('k', { versionId: 'null', modifiedMs: dateMs - 1 });
    await pass(dateMs - 1);
    expect(versions('k')).toHaveLength(1);
    await pass(dateMs);
    expect(versions('k')).toHaveLength(0);
  });

  it('stay where no rule is about them', async () => {
    await set(
      undefined,
      { expiration: IN_3_DAYS, filter: { ...RULE.filter, prefix: 'logs/' } },
      { expiration: IN_3_DAYS, filter: { ...RULE.filter, tags: { tmp: 'yes', a: 'b' } } },
      {
        expiration: IN_3_DAYS,
        filter: { ...RULE.filter, sizeAboveBytes: 10, sizeBelowBytes: 20 },
      },
      { expiration: IN_3_DAYS, isEnabled: false },
    );
    await add('logs/1', { versionId: 'null' });
    await add('logs', { versionId: 'null' });
    await add('tagged', { versionId: 'null', tags: { tmp: 'yes', a: 'b', c: 'd' } });
    await add('half', { versionId: 'null', tags: { tmp: 'yes' } });
    await add('ten', { versionId: 'null', sizeBytes: 10 });
    await add('eleven', { versionId: 'null', sizeBytes: 11 });
    await add('twenty', { versionId: 'null', sizeBytes: 20 });
    const report = await pass(START + 10 * DAY_MS);
    expect(report.expired).toBe(3);
    const left = folder.catalog.listLatest(bucket, { prefix: '' }, 10).map(({ key }) => key);
    expect(left).toEqual(['half', 'logs', 'ten', 'twenty']);
  });

  it('stay where the lifecycle was taken back, and nothing of another bucket goes', async () => {
    await set(undefined, { expiration: IN_3_DAYS });
    await add('k', { versionId: 'null' });
    const other = folder.newBucket();
    await folder.catalog.write(() =>
      folder.catalog.insertVersion(
        emptyVersion(other, 'k', { versionId: 'null', modifiedMs: START }),
      ),
    );
    await folder.catalog.write(() => folder.catalog.updateBucket(bucket, { lifecycle: undefined }));
    await pass(START + 10 * DAY_MS);
    expect(versions('k')).toHaveLength(1);
    expect(folder.catalog.versionsOf(other, 'k')).toHaveLength(1);
  });
});

describe('noncurrent versions', () => {
  const noncurrent = (days: number, keptVersions = 0) => ({ noncurrent: { days, keptVersions } });
  const at = (day: number) => START + day * DAY_MS;

  it('go so many days after a newer one came, not after they were made', async () => {
    await set('Enabled', noncurrent(3));
    await add('k', { etag: 'a', modifiedMs: at(0) });
    await add('k', { etag: 'b', modifiedMs: at(5) });
    await add('k', { etag: 'c', modifiedMs: at(10) });
    await pass(at(8));
    expect(versions('k')).toEqual(['c', 'b', 'a']);
    await pass(at(9));
    expect(versions('k')).toEqual(['c', 'b']);
    await pass(at(14));
    expect(versions('k')).toEqual(['c']);
    await pass(at(1000));
    expect(versions('k')).toEqual(['c']);
  });

  it('stay where they are among the newest that are kept', async () => {
    await set('Enabled', noncurrent(1, 2));
    for (const key of ['k', 'l']) {
      for (const etag of ['a', 'b', 'c', 'd', 'e']) await add(key, { etag });
    }
    for (const day of [10, 20]) {
      await pass(at(day));
      expect(versions('k')).toEqual(['e', 'd', 'c']);
      expect(versions('l')).toEqual(['e', 'd', 'c']);
    }
  });

  it('are counted rightly across pages that end with a null version which goes', async () => {
    await set('Enabled', noncurrent(1, 100));
    const count = 600;
    await folder.catalog.write(() => {
      for (let i = 0; i < count; i++) {
        const versionId = i === 300 ? { versionId: 'null' } : {};
        const etag = `${i}`;
        const version = emptyVersion(bucket, 'k', { etag, modifiedMs: START, ...versionId });
        folder.catalog.insertVersion(version);
      }
    });
    const report = await pass(at(10));
    expect(report.removedVersions).toBe(count - 101);
    const left = Array.from({ length: 101 }, (_, i) => `${count - 1 - i}`);
    expect(versions('k')).toEqual(left);
  });

  it('and old delete markers go, then the marker that has nothing under it', async () => {
    await set('Enabled', noncurrent(1), { expiration: { kind: 'expired-marker' } });
    await add('k', { etag: 'a' });
    await add('k', { isDeleteMarker: true });
    await add('k', { etag: 'b' });
    await add('k', { isDeleteMarker: true });
    const early = await pass(at(1));
    expect(early).toMatchObject({ removedVersions: 0, removedMarkers: 0 });
    expect(versions('k')).toEqual(['-', 'b', '-', 'a']);
    await pass(at(5));
    await pass(at(5));
    expect(versions('k')).toEqual([]);
  });

  it('never go while they are locked', async () => {
    const lock = { mode: 'GOVERNANCE', retainUntilMs: at(20), isHeld: false } as const;
    await set('Enabled', noncurrent(1), { expiration: IN_3_DAYS });
    await add('k', { etag: 'a', lock });
    await add('k', { etag: 'b', lock: { ...NO_LOCK, isHeld: true } });
    await add('k', { etag: 'c', lock });
    await pass(at(10));
    expect(versions('k')).toEqual(['-', 'c', 'b', 'a']);
    await pass(at(20));
    expect(versions('k')).toEqual(['-', 'b']);
  });

  it('that are locked are not buried by a suspended bucket either', async () => {
    await set('Suspended', { expiration: IN_3_DAYS });
    await add('k', { etag: 'a', versionId: 'null', lock: { ...NO_LOCK, isHeld: true } });
    const report = await pass(at(10));
    expect(report.expired).toBe(0);
    expect(versions('k')).toEqual(['a']);
  });
});

describe('a delete marker with nothing under it', () => {
  it('goes when it is as old as objects may be', async () => {
    await set('Enabled', { expiration: IN_3_DAYS });
    await add('k', { isDeleteMarker: true });
    await pass(START + DAY_MS);
    expect(versions('k')).toEqual(['-']);
    await pass(START + 10 * DAY_MS);
    expect(versions('k')).toEqual([]);
  });

  it('stays where the rule asks for a size', async () => {
    const filter = { ...RULE.filter, sizeBelowBytes: 10 };
    await set('Enabled', { expiration: IN_3_DAYS, filter });
    await add('k', { isDeleteMarker: true });
    await pass(START + 10 * DAY_MS);
    expect(versions('k')).toEqual(['-']);
  });
});

describe('uploads', () => {
  it('are aborted so many days after they were begun, and never without a rule', async () => {
    const { catalog } = folder;
    const begin = (key: string, startedMs: number) =>
      catalog.write(() => catalog.insertUpload(emptyUpload(bucket, key, startedMs)));
    await Promise.all(Array.from({ length: 300 }, (_, i) => begin(`tmp/${i}`, START)));
    await begin('tmp/late', START + 5 * DAY_MS);
    await begin('other', START);
    await set(undefined, { expiration: IN_3_DAYS });
    await pass(START + 30 * DAY_MS);
    expect(catalog.listUploads(bucket, { prefix: '' }, 1000)).toHaveLength(302);
    await set(undefined, { abortUploadDays: 7, filter: { ...RULE.filter, prefix: 'tmp/' } });
    const report = await pass(START + 9 * DAY_MS);
    expect(report.abortedUploads).toBe(300);
    const left = catalog.listUploads(bucket, { prefix: '' }, 1000).map(({ key }) => key);
    expect(left).toEqual(['other', 'tmp/late']);
  });
});

describe('a step', () => {
  const take = (known: Bucket, version: ObjectVersion) =>
    takeStep(
      { catalog: folder.catalog, random: randomBytes },
      { step: 'expire', bucket: known, version, nowMs: START + 10 * DAY_MS },
    );

  it('is not taken where anything is other than when it was planned', async () => {
    await set('Enabled', { expiration: IN_3_DAYS });
    const planned = await add('k', { etag: 'a' });
    const known = folder.catalog.bucket(bucket) as Bucket;
    await set('Enabled', { expiration: IN_3_DAYS, isEnabled: false });
    expect(await take(known, planned)).toBe(false);
    const now = folder.catalog.bucket(bucket) as Bucket;
    const newer = await add('k', { etag: 'b' });
    expect(await take(now, planned)).toBe(false);
    expect(versions('k')).toEqual(['b', 'a']);
    expect(await take(now, newer)).toBe(true);
    expect(await take(now, newer)).toBe(false);
    expect(versions('k')).toEqual(['-', 'b', 'a']);
  });
});

describe('a pass', () => {
  it('ends early where it is told to, and the next one does the rest', async () => {
    await set(undefined, { expiration: IN_3_DAYS });
    await Promise.all(Array.from({ length: 600 }, (_, i) => add(`${i}`, { versionId: 'null' })));
    const stop = new AbortController();
    const running = pass(START + 10 * DAY_MS, stop.signal);
    stop.abort();
    const { expired } = await running;
    expect(expired).toBeLessThan(600);
    const rest = await pass(START + 10 * DAY_MS);
    expect(rest.expired + expired).toBe(600);
  });

  it('goes on where the lifecycle of a bucket cannot be read, and says so', async () => {
    await set(undefined, { expiration: IN_3_DAYS });
    await add('k', { versionId: 'null' });
    const odd = folder.newBucket();
    await folder.catalog.write(() =>
      folder.catalog.updateBucket(odd, { lifecycle: '<NewerConfiguration/>' }),
    );
    const report = await pass(START + 10 * DAY_MS);
    expect(report).toMatchObject({ expired: 1, unreadable: [odd] });
  });
});
