import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Extent } from '../../../../src/servers/s3/model/object-version.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';
import {
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  sealedBytes,
} from '../../../../src/servers/s3/storage/sealing/segments.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestStore, pieces } from './extent-fixture.ts';

const parent = temporaryFolder();

/** Everything in files, so that a test can change it. */
const inFiles = { inlineBytesMax: -1 };

const SIZES = [
  1,
  4095,
  SEGMENT_BYTES - 1,
  SEGMENT_BYTES,
  SEGMENT_BYTES + 1,
  2 * SEGMENT_BYTES,
  9 * SEGMENT_BYTES + 77,
];

async function codeOf(reading: Promise<unknown>): Promise<string> {
  const error = await reading.catch((thrown: unknown) => thrown);
  return error instanceof S3Error ? error.code : `not refused: ${String(error)}`;
}

describe('a sealed extent', () => {
  it('gives back what was written, whatever its size and its pieces', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    for (const size of SIZES) {
      const data = randomBytes(size);
      for (const pieceBytes of [size < 5000 ? 1 : 977, 4096, SEGMENT_BYTES, 10 * SEGMENT_BYTES]) {
        const { extent } = await store.write(data, pieceBytes);
        expect(extent).toMatchObject({ sizeBytes: size, isInline: false });
        expect(extent.storedBytes).toBe(sealedBytes(size));
        const stored = readFileSync(store.fileOf(extent));
        expect(stored.length).toBe(extent.storedBytes);
        expect(crc32(stored)).toBe(extent.crc32);
        expect((await store.read(extent)).equals(data)).toBe(true);
      }
    }
  });

  it('takes pieces of mixed sizes, empty ones too', async () => {
    const store = await TestStore.fresh(parent);
    const sizes = fc.array(fc.oneof(fc.nat(10), fc.nat(9000), fc.nat(200_000)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const parts = lengths.map((length) => randomBytes(length));
        async function* source() {
          yield* parts;
        }
        const { extent, inline } = await store.extents.write(store.dataKey, source());
        if (inline) {
          expect(inline.length).toBe(extent.storedBytes);
          return;
        }
        expect((await store.read(extent)).equals(Buffer.concat(parts))).toBe(true);
        await store.extents.discard(extent);
      }),
      { numRuns: 60 },
    );
  });

  it('owns its pieces where it is told so, and gives back none that it still needs', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const whole = (length: number): Buffer => Buffer.from(randomBytes(length).buffer);
    // 32 KiB of small pieces fill what they are gathered in: it is given back like the others.
    const lengths = [...Array.from({ length: 32 }, () => 1024), 4 * SEGMENT_BYTES, 1024, 4096, 7];
    const shared = randomBytes(2 * SEGMENT_BYTES);
    const own = lengths.map(whole);
    const parts = [...own, shared.subarray(0, SEGMENT_BYTES), shared.subarray(SEGMENT_BYTES)];
    const data = Buffer.concat(parts);
    async function* source() {
      yield* parts;
    }
    const { extent } = await store.extents.write(store.dataKey, source(), { ownsPieces: true });
    expect((await store.read(extent)).equals(data)).toBe(true);
    expect(own[32]?.length).toBe(0);
    expect(shared.length).toBe(2 * SEGMENT_BYTES);
  });

  it('is sealed as STREAM says: an independent reader opens it', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const data = randomBytes(SEGMENT_BYTES + 5);
    const { extent } = await store.write(data);
    const info = Buffer.concat([Buffer.from('cybs3 server extent'), Buffer.from(extent.id, 'hex')]);
    const key = Buffer.from(hkdfSync('sha256', store.dataKey, '', info, 32));
    const stored = readFileSync(store.fileOf(extent));
    const open = (bytes: Buffer, nonce: string) => {
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'hex'));
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    };
    const first = open(stored.subarray(0, SEALED_SEGMENT_BYTES), '000000000000000000000000');
    const last = open(stored.subarray(SEALED_SEGMENT_BYTES), '000000000000000000000101');
    expect(Buffer.concat([first, last]).equals(data)).toBe(true);
  });

  it('gives any range, and nothing of an empty one', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const size = 17 * SEGMENT_BYTES + 333;
    const data = randomBytes(size);
    const { extent } = await store.write(data);
    const offset = fc.oneof(
      fc.nat(size),
      fc.tuple(fc.nat(17), fc.integer({ min: -1, max: 1 })).map(([segment, by]) => {
        return Math.max(0, segment * SEGMENT_BYTES + by);
      }),
    );
    await fc.assert(
      fc.asyncProperty(offset, offset, async (a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) };
        const got = await store.read(extent, range);
        expect(got.equals(data.subarray(range.start, range.end))).toBe(true);
      }),
      { numRuns: 80 },
    );
    expect((await store.read(extent, { start: 5, end: size + 99 })).equals(data.subarray(5))).toBe(
      true,
    );
  });

  it('is refused where a byte was changed: of that segment nothing comes out', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const data = randomBytes(9 * SEGMENT_BYTES + 100);
    const { extent } = await store.write(data);
    const stored = readFileSync(store.fileOf(extent));
    const places = [0, 15, SEGMENT_BYTES, SEALED_SEGMENT_BYTES - 1, SEALED_SEGMENT_BYTES];
    for (const place of [...places, stored.length - 1, stored.length - 16]) {
      const changed = Buffer.from(stored);
      changed[place] = (changed[place] ?? 0) ^ 1;
      writeFileSync(store.fileOf(extent), changed);
      const got: Buffer[] = [];
      const reading = (async () => {
        for await (const piece of store.extents.read(extent, store.dataKey)) got.push(piece);
      })();
      expect(await codeOf(reading)).toBe('InternalError');
      const start = Math.floor(place / SEALED_SEGMENT_BYTES) * SEGMENT_BYTES;
      const length = got.reduce((sum, piece) => sum + piece.length, 0);
      expect(length).toBe(start < 8 * SEGMENT_BYTES ? 0 : 8 * SEGMENT_BYTES);
      expect(Buffer.concat(got).equals(data.subarray(0, length))).toBe(true);
      const before = await store.read(extent, { start: 0, end: start });
      const behind = await store.read(extent, { start: start + SEGMENT_BYTES, end: data.length });
      const others = [data.subarray(0, start), data.subarray(start + SEGMENT_BYTES)];
      expect(Buffer.concat([before, behind]).equals(Buffer.concat(others))).toBe(true);
    }
  });

  it('is refused where it was cut, or its segments were swapped or dropped', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const { extent } = await store.write(randomBytes(3 * SEGMENT_BYTES));
    const stored = readFileSync(store.fileOf(extent));
    const segment = (i: number) =>
      stored.subarray(i * SEALED_SEGMENT_BYTES, (i + 1) * SEALED_SEGMENT_BYTES);
    const wrong = [
      Buffer.alloc(0),
      stored.subarray(0, 10),
      stored.subarray(0, SEALED_SEGMENT_BYTES),
      stored.subarray(0, stored.length - 1),
      Buffer.concat([segment(1), segment(0), segment(2)]),
      Buffer.concat([segment(0), segment(0), segment(2)]),
      Buffer.concat([segment(0), segment(2), segment(1)]),
    ];
    for (const bytes of wrong) {
      writeFileSync(store.fileOf(extent), bytes);
      expect(await codeOf(store.read(extent))).toBe('InternalError');
    }
    // A catalog that lies about the size does not get away with it either.
    for (const bytes of [segment(0), Buffer.concat([segment(0), segment(1)])]) {
      writeFileSync(store.fileOf(extent), bytes);
      const sizeBytes = (bytes.length / SEALED_SEGMENT_BYTES) * SEGMENT_BYTES;
      const shorter: Extent = { ...extent, sizeBytes, storedBytes: bytes.length };
      expect(await codeOf(store.read(shorter))).toBe('InternalError');
    }
  });

  it('opens under its own key and name only', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const data = randomBytes(1000);
    const one = await store.write(data);
    const two = await store.write(data);
    expect(readFileSync(store.fileOf(one.extent))).not.toEqual(
      readFileSync(store.fileOf(two.extent)),
    );
    writeFileSync(store.fileOf(one.extent), readFileSync(store.fileOf(two.extent)));
    expect(await codeOf(store.read(one.extent))).toBe('InternalError');
    const other = store.extents.read(two.extent, randomBytes(32));
    expect(await codeOf(other[Symbol.asyncIterator]().next())).toBe('InternalError');
  });

  it('keeps what it needs of the data key: its owner may wipe it at once', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const data = randomBytes(5000);
    const key = Buffer.from(store.dataKey);
    const { extent } = await store.extents.write(key, pieces(data, 100));
    const reading = store.extents.read(extent, key);
    key.fill(0);
    const got: Buffer[] = [];
    for await (const piece of reading) got.push(piece);
    expect(Buffer.concat(got).equals(data)).toBe(true);
  });
});
