/**
 * Fills a small disk with objects of one size until it is refused, and says as JSON what it saw then.
 *
 * Usage: node fill-disk.ts FOLDER SIZE RESERVE
 * @module
 */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalog } from '../../../../src/servers/s3/catalog/open-catalog.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';
import { NO_LOCK } from '../../../../src/servers/s3/model/object-version.ts';
import type { Extent } from '../../../../src/servers/s3/model/object-version.ts';
import { openExtentStore } from '../../../../src/servers/s3/storage/open-extent-store.ts';
import { sweepGarbage } from '../../../../src/servers/s3/upkeep/sweep.ts';

const [, , folder = '', sizeText, reserveText] = process.argv;
const content = randomBytes(Number(sizeText));
const key = Buffer.alloc(32, 1);

const catalog = openCatalog(folder);
const options = { folder, index: catalog, random: randomBytes, reserveBytes: Number(reserveText) };
const extents = await openExtentStore(options);
const settings = { versioning: undefined, objectLock: undefined, encryption: undefined };
const texts = { policy: undefined, lifecycle: undefined, tags: undefined };
await catalog.write(() => {
  catalog.insertBucket({ name: 'b', createdMs: 1, owner: 'o', ...settings, ...texts });
});

/** @returns the code of the error, or undefined where it was stored */
async function put(name: string): Promise<string | undefined> {
  let extent: Extent | undefined;
  try {
    const written = await extents.write(key, pieces());
    extent = written.extent;
    const inline = written.inline && new Map([[extent.id, written.inline]]);
    const version = {
      bucket: 'b',
      key: name,
      versionId: 'null',
      isDeleteMarker: false,
      modifiedMs: 1,
      owner: 'o',
      sizeBytes: content.length,
      etag: 'e',
      headers: {},
      metadata: {},
      tags: {},
      checksum: undefined,
      encryption: { kind: 'sse-s3', wrappedKey: 'x' } as const,
      extents: [extent],
      parts: undefined,
      lock: NO_LOCK,
    };
    await catalog.write(() => catalog.insertVersion(version, inline));
    return undefined;
  } catch (error) {
    if (extent) await extents.discard(extent);
    return error instanceof S3Error ? error.code : String(error);
  }
}

async function* pieces(): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}

async function isWhole(name: string): Promise<boolean> {
  const got: Buffer[] = [];
  for (const extent of catalog.latest('b', name)?.extents ?? [])
    for await (const piece of extents.read(extent, key)) got.push(piece);
  return Buffer.concat(got).equals(content);
}

function countFiles(): number {
  const entries = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

let stored = 0;
let refusal: string | undefined;
while ((refusal = await put(`k${stored}`)) === undefined) stored++;
const listed = catalog.listLatest('b', { prefix: '' }, 1_000_000);
const files = countFiles();
let whole = 0;
for (const { key: name } of listed) if (await isWhole(name)) whole++;
const half = listed.slice(0, Math.ceil(listed.length / 2));
await catalog.write(() => half.forEach((version) => catalog.removeVersion(version)));
await sweepGarbage({ catalog, extents });
await sweepGarbage({ catalog, extents });
const again = await put('again');
const report = { stored, refusal, listed: listed.length, files, whole, again: again ?? 'stored' };
process.stdout.write(JSON.stringify(report));
