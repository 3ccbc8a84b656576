/**
 * What is killed: writes, overwrites, deletes and completes, as fast as it can, and says on stdout what was
 * acknowledged. Contents follow from their key and a number, so that whoever looks afterwards knows what must be there.
 *
 * Usage: node kill-writer.ts FOLDER ROUND
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { commitVersion } from '../../../../src/servers/s3/catalog/commit-version.ts';
import type { Catalog } from '../../../../src/servers/s3/catalog/catalog.ts';
import { deleteVersion } from '../../../../src/servers/s3/catalog/delete-version.ts';
import { openCatalog } from '../../../../src/servers/s3/catalog/open-catalog.ts';
import type { Extent, NewVersion } from '../../../../src/servers/s3/model/object-version.ts';
import { NO_LOCK } from '../../../../src/servers/s3/model/object-version.ts';
import { openExtentStore } from '../../../../src/servers/s3/storage/open-extent-store.ts';
import type { ExtentStore } from '../../../../src/servers/s3/storage/extent-store.ts';
import { startUpkeep } from '../../../../src/servers/s3/upkeep/start-upkeep.ts';

export const KILL_BUCKET = {
  name: 'b',
  createdMs: 1,
  owner: 'o',
  versioning: undefined,
  objectLock: undefined,
  encryption: undefined,
  policy: undefined,
  lifecycle: undefined,
  tags: undefined,
} as const;

export const DATA_KEY = Buffer.alloc(32, 7);
const WRITERS = 8;
const KEYS_OF_WRITER = 4;
/** Small, just over what is kept in the catalog, and several segments. */
const SIZES = [0, 900, 40_000, 700_000, 2_500_000];

/** Bytes that nobody can mistake for another's. */
export function contentOf(key: string, number: number): Buffer {
  const seed = createHash('sha256').update(`${key} ${number}`).digest();
  const size = SIZES[(seed[0] ?? 0) % SIZES.length] ?? 0;
  const content = Buffer.alloc(size);
  for (let at = 0; at < size; at += seed.length) seed.copy(content, at);
  return content;
}

interface Backend {
  readonly catalog: Catalog;
  readonly extents: ExtentStore;
}

/** `+ key number` and `- key` are written when that was acknowledged; `? …` when it was begun. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function put(backend: Backend, key: string, number: number): Promise<void> {
  say(`? ${key} ${number}`);
  const isUpload = number % 5 === 0;
  await (isUpload ? putInParts(backend, key, number) : putWhole(backend, key, number));
  say(`+ ${key} ${number}`);
}

async function putWhole({ catalog, extents }: Backend, key: string, number: number) {
  const { extent, inline } = await extents.write(DATA_KEY, pieces(contentOf(key, number)));
  const bytes = inline && new Map([[extent.id, inline]]);
  const version = versionOf(key, number, [extent]);
  await catalog.write(() => commitVersion(catalog, KILL_BUCKET, version, randomBytes, bytes));
}

async function putInParts({ catalog, extents }: Backend, key: string, number: number) {
  const uploadId = randomBytes(16).toString('hex');
  const { headers, metadata, tags, encryption, lock } = versionOf(key, number, []);
  const upload = { id: uploadId, bucket: 'b', key, startedMs: 1, owner: 'o', checksum: undefined };
  const details = { headers, metadata, tags, encryption, lock };
  await catalog.write(() => catalog.insertUpload({ ...upload, ...details }));
  const content = contentOf(key, number);
  const half = Math.ceil(content.length / 2);
  const kept: Extent[] = [];
  for (const part of [content.subarray(0, half), content.subarray(half)]) {
    const { extent, inline } = await extents.write(DATA_KEY, pieces(part));
    const bytes = inline && new Map([[extent.id, inline]]);
    const facts = { etag: 'e', checksum: undefined, modifiedMs: 1, sizeBytes: part.length };
    const uploaded = { uploadId, number: kept.push(extent), extent, ...facts };
    await catalog.write(() => catalog.insertPart(uploaded, bytes));
  }
  await catalog.write(() => {
    catalog.removeUpload(uploadId, kept);
    return commitVersion(catalog, KILL_BUCKET, versionOf(key, number, kept), randomBytes);
  });
}

async function remove({ catalog }: Backend, key: string): Promise<void> {
  say(`? ${key} -`);
  const deletion = { key, versionId: undefined, owner: 'o', nowMs: 1 };
  const options = { random: randomBytes, assertDeletable: () => undefined };
  await catalog.write(() => deleteVersion(catalog, KILL_BUCKET, deletion, options));
  say(`- ${key}`);
}

function versionOf(
  key: string,
  number: number,
  extents: readonly Extent[],
): Omit<NewVersion, 'versionId'> {
  return {
    bucket: 'b',
    key,
    isDeleteMarker: false,
    modifiedMs: 1,
    owner: 'o',
    sizeBytes: extents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    etag: 'e',
    headers: {},
    metadata: { number: String(number) },
    tags: {},
    checksum: undefined,
    encryption: { kind: 'sse-s3', wrappedKey: 'x' },
    extents,
    parts: undefined,
    lock: NO_LOCK,
  };
}

async function* pieces(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}

async function main(folder: string, round: number): Promise<void> {
  const catalog = openCatalog(folder);
  const extents = await openExtentStore({ folder, index: catalog, random: randomBytes });
  if (catalog.bucket('b') === undefined)
    await catalog.write(() => catalog.insertBucket(KILL_BUCKET));
  const onError = (error: unknown) => say(`! ${String(error)}`);
  startUpkeep({ catalog, extents, everyMs: 20, onError });
  say('ready');
  let number = round * 1_000_000;
  const writer = async (name: number) => {
    for (;;) {
      const key = `w${name}/k${number % KEYS_OF_WRITER}`;
      number++;
      if (number % 7 === 0) await remove({ catalog, extents }, key);
      else await put({ catalog, extents }, key, number);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, name) => writer(name)));
}

const [, script, folder, round] = process.argv;
if (script !== undefined && import.meta.filename === script && folder !== undefined)
  await main(folder, Number(round));
