import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { KeyRange } from '../../../../src/servers/s3/catalog/catalog.ts';
import { collectPage } from '../../../../src/servers/s3/listing/collect-page.ts';
import type { Page } from '../../../../src/servers/s3/listing/collect-page.ts';
import { rangeAfter } from '../../../../src/servers/s3/listing/grouping.ts';
import type { Grouping } from '../../../../src/servers/s3/listing/grouping.ts';
import { catalogFolder, emptyUpload, emptyVersion } from './catalog-folder.ts';

const folder = catalogFolder();
const { catalog } = folder;
afterAll(() => folder[Symbol.dispose]());

interface Keyed {
  readonly key: string;
}

/** Counts what is read. */
interface Reads {
  rows: number;
  fetches: number;
}

function latestPage(
  bucket: string,
  request: Grouping & { readonly limit: number; readonly marker: string },
  reads: Reads = { rows: 0, fetches: 0 },
): Page<Keyed> {
  const { prefix, marker } = request;
  return collectPage<Keyed>({
    ...request,
    start: marker === '' ? { prefix } : rangeAfter(marker, request),
    fetch: (from, limit) => {
      const found = catalog.listLatest(bucket, from, limit);
      reads.fetches++;
      reads.rows += found.length;
      return found;
    },
    after: ({ key }): KeyRange => ({ prefix, after: key }),
  });
}

/** Keys and common prefixes, as somebody would list them who has all keys at once. */
function modelOf(keys: readonly string[], { prefix, delimiter }: Grouping): string[] {
  const items = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    items.add(at === -1 ? key : `${key.slice(0, at + delimiter.length)} (folder)`);
  }
  return [...items].sort(byBytes);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function itemsOf(page: Page<Keyed>): string[] {
  const folders = page.commonPrefixes.map((one) => `${one} (folder)`);
  return [...page.entries.map(({ key }) => key), ...folders];
}

function lastOf(page: Page<Keyed>): string {
  if (page.last === undefined) throw new Error('an empty page is not to be followed');
  return 'entry' in page.last ? page.last.entry.key : page.last.commonPrefix;
}

// Few letters, so that prefixes and delimiters meet; some that UTF-16 and UTF-8 put in another order.
const letters = fc.constantFrom(
  'a',
  'b',
  '/',
  '//',
  '-',
  ' ',
  '\u{7f}',
  'ü',
  '\uffee',
  '\u{1f600}',
);
const text = (maxLength: number) =>
  fc.array(letters, { maxLength }).map((pieces) => pieces.join(''));
const keys = fc.uniqueArray(
  text(7).filter((key) => key !== ''),
  { maxLength: 40 },
);
const groupings = fc.record({
  prefix: text(3),
  delimiter: fc.oneof(fc.constant(''), fc.constant('/'), text(2)),
});

async function filled(all: readonly string[]): Promise<string> {
  return catalog.write(() => {
    const bucket = folder.newBucket();
    for (const key of all) catalog.insertVersion(emptyVersion(bucket, key));
    return bucket;
  });
}

describe('pages of a listing', () => {
  it('give all keys and folders once, in order of bytes, whatever the page size', async () => {
    await fc.assert(
      fc.asyncProperty(
        keys,
        groupings,
        fc.integer({ min: 1, max: 9 }),
        async (all, grouping, limit) => {
          const bucket = await filled(all);
          const seen: string[] = [];
          let marker = '';
          for (;;) {
            const page = latestPage(bucket, { ...grouping, limit, marker });
            const items = itemsOf(page);
            expect(items.length).toBeLessThanOrEqual(limit);
            seen.push(...items.sort(byBytes));
            if (!page.isTruncated) break;
            expect(items).toHaveLength(limit);
            marker = lastOf(page);
          }
          expect(seen).toEqual(modelOf(all, grouping));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('begin behind any marker, and leave out folders that are not greater than it', async () => {
    await fc.assert(
      fc.asyncProperty(keys, groupings, text(4), async (all, grouping, marker) => {
        const bucket = await filled(all);
        const page = latestPage(bucket, { ...grouping, limit: 1000, marker });
        const expected = modelOf(all, grouping).filter(
          (item) => byBytes(item.replace(' (folder)', ''), marker) > 0,
        );
        expect(itemsOf(page).sort(byBytes)).toEqual(expected);
        expect(page.isTruncated).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it('pass over a folder with one seek, however many keys are in it', async () => {
    const inFolders = Array.from({ length: 5000 }, (_, at) => `big/${at}`);
    const bucket = await filled([...inFolders, 'after', 'zebra', 'zoo/1']);
    const reads = { rows: 0, fetches: 0 };
    const page = latestPage(bucket, { prefix: '', delimiter: '/', limit: 1000, marker: '' }, reads);
    expect(itemsOf(page)).toEqual(['after', 'zebra', 'big/ (folder)', 'zoo/ (folder)']);
    expect(reads.fetches).toBeLessThanOrEqual(3);
    expect(reads.rows).toBeLessThan(20);
  });

  it('read few rows where every folder is large', async () => {
    const all = Array.from({ length: 4000 }, (_, at) => `f${Math.floor(at / 40)}/${at}`);
    const bucket = await filled(all);
    const reads = { rows: 0, fetches: 0 };
    const page = latestPage(bucket, { prefix: '', delimiter: '/', limit: 1000, marker: '' }, reads);
    expect(page.commonPrefixes).toHaveLength(100);
    expect(reads.rows).toBeLessThan(500);
  });

  it('of none are empty and not truncated', async () => {
    const bucket = await filled(['a', 'b']);
    const page = latestPage(bucket, { prefix: '', delimiter: '', limit: 0, marker: '' });
    expect(page).toEqual({ entries: [], commonPrefixes: [], isTruncated: false, last: undefined });
  });
});

describe('pages of versions', () => {
  it('give every version once, newest first, whatever the page size', async () => {
    const counts = fc.array(fc.record({ key: text(3), versions: fc.integer({ min: 1, max: 4 }) }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(counts, fc.integer({ min: 1, max: 5 }), async (entries, limit) => {
        const bucket = await catalog.write(() => folder.newBucket());
        const made: { key: string; versionId: string }[] = [];
        await catalog.write(() => {
          for (const { key, versions } of entries) {
            for (let left = versions; left > 0; left--) {
              const version = emptyVersion(bucket, `k${key}`);
              made.push(catalog.insertVersion(version));
            }
          }
        });
        const expected = made
          .map(({ key, versionId }, at) => ({ key, versionId, at }))
          .sort((a, b) => byBytes(a.key, b.key) || b.at - a.at)
          .map(({ versionId }) => versionId);
        const seen: string[] = [];
        let start = {};
        for (;;) {
          const page = collectPage({
            prefix: '',
            delimiter: '',
            limit,
            start: { prefix: '', ...start },
            fetch: (from, rows) => catalog.listVersions(bucket, from, rows),
            after: ({ key, versionId }) => ({ prefix: '', after: key, afterVersionId: versionId }),
          });
          seen.push(...page.entries.map(({ versionId }) => versionId));
          if (!page.isTruncated || page.last === undefined) break;
          const { key, versionId } = 'entry' in page.last ? page.last.entry : expect.fail();
          start = { after: key, afterVersionId: versionId };
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

describe('pages of uploads', () => {
  it('give every upload once, by key and then by when it was begun', async () => {
    const bucket = await catalog.write(() => folder.newBucket());
    const begun = ['b', 'a', 'b', 'a/1', 'b', 'c'].map((key, at) => emptyUpload(bucket, key, at));
    await catalog.write(() => begun.forEach((one) => catalog.insertUpload(one)));
    const expected = ['a', 'a/1', 'b', 'b', 'b', 'c'];
    for (const limit of [1, 2, 3, 10]) {
      const seen: string[] = [];
      let start = {};
      for (;;) {
        const page = collectPage({
          prefix: '',
          delimiter: '',
          limit,
          start: { prefix: '', ...start },
          fetch: (from, rows) => catalog.listUploads(bucket, from, rows),
          after: ({ key, id }) => ({ prefix: '', after: key, afterUploadId: id }),
        });
        seen.push(...page.entries.map(({ id }) => id));
        if (!page.isTruncated || page.last === undefined) break;
        const { key, id } = 'entry' in page.last ? page.last.entry : expect.fail();
        start = { after: key, afterUploadId: id };
      }
      const byId = new Map(begun.map((one) => [one.id, one]));
      expect(seen.map((id) => byId.get(id)?.key)).toEqual(expected);
      const times = seen.map((id) => byId.get(id)?.startedMs);
      expect(times).toEqual([1, 3, 0, 2, 4, 5]);
    }
  });
});
