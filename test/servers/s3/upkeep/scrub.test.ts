import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Keyring } from '../../../../src/servers/s3/encryption/keyring.ts';
import type { Extent } from '../../../../src/servers/s3/model/object-version.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';
import { scrub } from '../../../../src/servers/s3/upkeep/scrub.ts';
import type {
  ScrubCounts,
  ScrubEvent,
  ScrubFinding,
} from '../../../../src/servers/s3/upkeep/scrub.ts';
import { crc32 } from 'node:zlib';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { extentOf, partOf, someId, uploadOf, versionOf } from '../catalog/catalog-fixture.ts';
import { TestStore } from '../storage/extent-fixture.ts';

const parent = temporaryFolder();

interface Report {
  readonly findings: ScrubFinding[];
  readonly summary: ScrubCounts | undefined;
  readonly events: ScrubEvent[];
}

async function scrubAll(store: TestStore, keyring?: Pick<Keyring, 'open'>): Promise<Report> {
  const events: ScrubEvent[] = [];
  const { folder } = store;
  for await (const event of scrub({ folder, ...(keyring && { keyring }) })) events.push(event);
  return {
    events,
    findings: events.filter((event) => event.type === 'finding'),
    summary: events.find((event) => event.type === 'summary'),
  };
}

/** Knows the one data key of the test; what it was asked for is remembered. */
function keyringOf(store: TestStore): Pick<Keyring, 'open'> {
  return {
    open: async () => {
      const bytes = Buffer.from(store.dataKey);
      return { bytes, [Symbol.dispose]: () => void bytes.fill(0) };
    },
  };
}

function whatOf({ findings }: Report): string[] {
  return findings.map(({ key, what }) => `${key}: ${what}`).toSorted();
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

function inlineRow(store: TestStore, extent: Extent, bytes: Buffer): void {
  const db = new DatabaseSync(join(store.folder, 'catalog.db'), { timeout: 5000 });
  db.prepare('UPDATE inline SET bytes = ? WHERE id = ?').run(bytes, Buffer.from(extent.id, 'hex'));
  db.close();
}

describe('a scrub', () => {
  it('finds nothing where nothing is wrong, and says what it has seen', async () => {
    const store = await TestStore.fresh(parent);
    const big = await store.put('big', randomBytes(3_000_000));
    const small = await store.put('small', randomBytes(100));
    const empty = await store.put('empty', Buffer.alloc(0));
    await store.catalog.write(() => {
      store.catalog.insertVersion(
        versionOf({ key: 'small', versionId: someId(), isDeleteMarker: true }),
      );
    });
    const report = await scrubAll(store, keyringOf(store));
    expect(report.findings).toEqual([]);
    expect(report.summary).toEqual({
      type: 'summary',
      objects: 3,
      extents: 3,
      bytes: big.storedBytes + small.storedBytes + empty.storedBytes,
      opened: 3,
      findings: 0,
    });
  });

  it('finds rot, cuts, additions and holes by checksum and size, without any key', async () => {
    const store = await TestStore.fresh(parent);
    const names = ['rot', 'cut', 'longer', 'hole', 'small-rot', 'small-cut', 'sound'];
    const extents = new Map<string, Extent>();
    for (const name of names) {
      const size = name.startsWith('small') ? 500 : 300_000;
      extents.set(name, await store.put(name, randomBytes(size)));
    }
    const extent = (name: string) => extents.get(name) as Extent;
    const file = (name: string) => store.fileOf(extent(name));
    flip(file('rot'), 200_000);
    writeFileSync(file('cut'), readFileSync(file('cut')).subarray(0, -1));
    appendFileSync(file('longer'), 'x');
    rmSync(file('hole'));
    inlineRow(store, extent('small-rot'), randomBytes(516));
    inlineRow(store, extent('small-cut'), randomBytes(515));
    const report = await scrubAll(store);
    expect(whatOf(report)).toEqual([
      'cut: size',
      'hole: missing',
      'longer: size',
      'rot: checksum',
      'small-cut: size',
      'small-rot: checksum',
    ]);
    expect(report.summary).toMatchObject({ findings: 6, opened: 0, objects: 7 });
    expect(report.findings[0]).toMatchObject({ bucket: 'b', versionId: 'null' });
  });

  it('finds bytes that were put there on purpose, where it has the keys', async () => {
    const store = await TestStore.fresh(parent);
    const data = randomBytes(300_000);
    const { extent } = await store.write(data);
    const forged = randomBytes(extent.storedBytes);
    writeFileSync(store.fileOf(extent), forged);
    const lying = { ...extent, crc32: crc32(forged) };
    await store.catalog.write(() => {
      store.catalog.insertVersion(versionOf({ sizeBytes: data.length, extents: [lying] }));
    });
    expect(whatOf(await scrubAll(store))).toEqual([]);
    expect(whatOf(await scrubAll(store, keyringOf(store)))).toEqual(['k: seal']);
  });

  it('verifies checksums alone where nobody gives it the key', async () => {
    const store = await TestStore.fresh(parent);
    const { extent, inline } = await store.write(Buffer.from('x'));
    const encryption = { kind: 'sse-c', wrappedKey: 'x', keyMd5: 'x' } as const;
    await store.catalog.write(() => {
      const bytes = new Map([[extent.id, inline ?? Buffer.alloc(0)]]);
      store.catalog.insertVersion(
        versionOf({ encryption, extents: [extent], sizeBytes: 1 }),
        bytes,
      );
    });
    await store.put('other', Buffer.from('x'));
    const refusing: Pick<Keyring, 'open'> = {
      open: async () => {
        throw new S3Error('KMS.DisabledException', 'no');
      },
    };
    const report = await scrubAll(store, refusing);
    expect(report.findings).toEqual([]);
    expect(report.summary).toMatchObject({ extents: 2, opened: 0 });
  });

  it('finds a key that does not open any more', async () => {
    const store = await TestStore.fresh(parent);
    await store.put('k', Buffer.from('x'));
    const damaged: Pick<Keyring, 'open'> = {
      open: async () => {
        throw new S3Error('InternalError', 'no');
      },
    };
    expect(whatOf(await scrubAll(store, damaged))).toEqual(['k: key']);
  });

  it('looks at parts of uploads and at all versions, and names them', async () => {
    const store = await TestStore.fresh(parent);
    const upload = uploadOf({ key: 'up' });
    const { extent } = await store.write(randomBytes(100_000));
    const old = await store.write(randomBytes(100_000));
    const versionId = someId();
    await store.catalog.write(() => {
      store.catalog.insertUpload(upload);
      store.catalog.insertPart(
        partOf({ uploadId: upload.id, number: 7, extent, sizeBytes: 100_000 }),
      );
      const change = { versionId, extents: [old.extent], sizeBytes: 100_000 };
      store.catalog.insertVersion(versionOf(change));
      store.catalog.insertVersion(versionOf({ versionId: someId() }));
    });
    flip(store.fileOf(extent), 5);
    flip(store.fileOf(old.extent), 5);
    const { findings } = await scrubAll(store);
    expect(findings).toEqual([
      {
        type: 'finding',
        what: 'checksum',
        bucket: 'b',
        key: 'k',
        versionId,
        detail: old.extent.id,
      },
      {
        type: 'finding',
        what: 'checksum',
        bucket: 'b',
        key: 'up',
        versionId: '',
        uploadId: upload.id,
        partNumber: 7,
        detail: extent.id,
      },
    ]);
  });

  it('finds extents that do not add up, and files that would be swept away', async () => {
    const store = await TestStore.fresh(parent);
    const extent = await store.put('unlisted', randomBytes(100_000));
    const odd = extentOf({ sizeBytes: 5 });
    await store.catalog.write(() => {
      store.catalog.insertVersion(versionOf({ key: 'odd', sizeBytes: 6, extents: [odd] }));
    });
    const db = new DatabaseSync(join(store.folder, 'catalog.db'), { timeout: 5000 });
    db.prepare('DELETE FROM files WHERE id = ?').run(Buffer.from(extent.id, 'hex'));
    db.close();
    expect(whatOf(await scrubAll(store))).toEqual([
      'odd: length',
      'odd: missing',
      'unlisted: unlisted',
    ]);
  });

  it('finds an object of which the catalog has lost what it is made of', async () => {
    const store = await TestStore.fresh(parent);
    const extents = [extentOf({ sizeBytes: 5 })];
    const parts = [{ number: 1, sizeBytes: 5, etag: 'e', checksum: undefined }];
    const given = versionOf({ key: 'lost', sizeBytes: 5, extents, parts });
    await store.catalog.write(() => store.catalog.insertVersion(given));
    const db = new DatabaseSync(join(store.folder, 'catalog.db'), { timeout: 5000 });
    db.exec('DELETE FROM assembled');
    db.close();
    expect(whatOf(await scrubAll(store))).toEqual(['lost: length']);
    const version = store.catalog.latest('b', 'lost');
    expect(() => version?.extents).toThrow('lost what');
    const removing = store.catalog.write(() => version && store.catalog.removeVersion(version));
    await expect(removing).rejects.toThrow('lost what');
  });

  it('finds a catalog that SQLite does not find sound', async () => {
    const store = await TestStore.fresh(parent);
    await store.catalog.write(() => {
      for (let i = 0; i < 300; i++) store.catalog.insertVersion(versionOf({ key: `k${i}` }));
    });
    const file = join(store.folder, 'catalog.db');
    const db = new DatabaseSync(file, { timeout: 5000 });
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    store.catalog.close();
    const bytes = readFileSync(file);
    // The pages of the tables themselves, behind those that say where they begin.
    bytes.fill(0x55, bytes.length - 20 * 4096);
    writeFileSync(file, bytes);
    const { findings, summary } = await scrubAll(store);
    expect(findings[0]).toMatchObject({ what: 'catalog', bucket: '' });
    expect(summary?.findings).toBe(findings.length);
  });

  it('does not mind what is overwritten and deleted beside it', async () => {
    const store = await TestStore.fresh(parent, { inlineBytesMax: 1000 });
    const names = Array.from({ length: 120 }, (_, i) => `k${i}`);
    await Promise.all(names.map((key, i) => store.put(key, randomBytes(i % 2 === 0 ? 10 : 2000))));
    let seen = 0;
    const findings: ScrubEvent[] = [];
    for await (const event of scrub({ folder: store.folder })) {
      seen++;
      if (event.type === 'finding') findings.push(event);
    }
    expect(seen).toBe(1);
    const running = (async () => {
      for await (const event of scrub({ folder: store.folder })) findings.push(event);
    })();
    for (let i = 119; i >= 0; i -= 2) {
      await Promise.all([store.remove(`k${i}`), store.remove(`k${i - 1}`)]);
      for (const { id } of store.catalog.garbage('', 10)) await store.extents.data.remove(id);
    }
    await running;
    expect(findings.filter(({ type }) => type === 'finding')).toEqual([]);
  });

  it('stops when it is told to', async () => {
    const store = await TestStore.fresh(parent);
    for (let i = 0; i < 5; i++) await store.put(`k${i}`, randomBytes(10));
    const events: ScrubEvent[] = [];
    const signal = AbortSignal.abort();
    for await (const event of scrub({ folder: store.folder, signal })) events.push(event);
    expect(events).toEqual([]);
  });
});
