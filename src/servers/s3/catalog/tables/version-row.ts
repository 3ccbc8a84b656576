/**
 * A version of an object as a row, and back.
 * @module
 */
import type { SQLOutputValue } from 'node:sqlite';
import { NO_LOCK } from '../../model/object-version.ts';
import type { Extent, ObjectPart, ObjectVersion } from '../../model/object-version.ts';
import { unpackExtents } from './pack-extents.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** What is never searched for. */
export type VersionDetails = Pick<
  ObjectVersion,
  'headers' | 'metadata' | 'tags' | 'checksum' | 'encryption' | 'uploadId' | 'lock'
>;

/** What may be long of a version, and is seldom needed. */
export interface LongColumns {
  readonly extents: SQLOutputValue | undefined;
  readonly parts: SQLOutputValue | undefined;
}

export function detailsText(details: VersionDetails): string {
  const { headers, metadata, tags, checksum, encryption, uploadId, lock } = details;
  return JSON.stringify({ headers, metadata, tags, checksum, encryption, uploadId, lock });
}

export function detailsOf(row: Row): VersionDetails {
  return JSON.parse(String(row['details'])) as VersionDetails;
}

/** @param readLong called at most once, and only when extents or parts are asked for */
export function versionOf(row: Row, bucket: string, readLong: () => LongColumns): ObjectVersion {
  return new StoredVersion(row, bucket, readLong);
}

/**
 * Extents and parts are decoded when they are first asked for: an object may have ten thousand.
 *
 * A class, as an object literal with a `get` is given a shape of its own each time: V8 keeps shapes
 * among what lives long, and with this one all that the request has, until a full collection.
 */
class StoredVersion implements ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly sequence: number;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
  readonly modifiedMs: number;
  readonly owner: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly headers: ObjectVersion['headers'];
  readonly metadata: ObjectVersion['metadata'];
  readonly tags: ObjectVersion['tags'];
  readonly checksum: ObjectVersion['checksum'];
  readonly encryption: ObjectVersion['encryption'];
  readonly uploadId: string | undefined;
  readonly lock: ObjectVersion['lock'];
  readonly #readLong: () => LongColumns;
  #long: LongColumns | undefined;
  #extents: readonly Extent[] | undefined;
  #parts: readonly ObjectPart[] | undefined;

  constructor(row: Row, bucket: string, readLong: () => LongColumns) {
    const details = detailsOf(row);
    this.bucket = bucket;
    this.key = textOf(row['key']);
    this.versionId = String(row['version_id']);
    this.sequence = Number(row['sequence']);
    this.isLatest = row['is_latest'] === 1;
    this.isDeleteMarker = row['is_marker'] === 1;
    this.modifiedMs = Number(row['modified_ms']);
    this.owner = String(row['owner']);
    this.sizeBytes = Number(row['size_bytes']);
    this.etag = String(row['etag']);
    this.headers = details.headers;
    this.metadata = details.metadata;
    this.tags = details.tags;
    this.checksum = details.checksum;
    this.encryption = details.encryption;
    this.uploadId = details.uploadId;
    this.lock = lockOf(details.lock);
    this.#readLong = readLong;
  }

  get extents(): readonly Extent[] {
    this.#extents ??= unpackExtents(bytesOf(this.#longColumns().extents));
    return this.#extents;
  }

  get parts(): readonly ObjectPart[] | undefined {
    this.#parts ??= partsOf(this.#longColumns().parts);
    return this.#parts;
  }

  #longColumns(): LongColumns {
    return (this.#long ??= this.#readLong());
  }
}

export function partsText(parts: readonly ObjectPart[]): string {
  return JSON.stringify(parts);
}

export function textOf(value: SQLOutputValue | undefined): string {
  return bytesOf(value).toString();
}

export function bytesOf(value: SQLOutputValue | undefined): Buffer {
  if (!(value instanceof Uint8Array)) return Buffer.alloc(0);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** JSON drops what is undefined; the model wants it said. */
function lockOf(lock: ObjectVersion['lock']): ObjectVersion['lock'] {
  if (lock.mode === undefined && lock.retainUntilMs === undefined && !lock.isHeld) return NO_LOCK;
  return { mode: lock.mode, retainUntilMs: lock.retainUntilMs, isHeld: lock.isHeld };
}

function partsOf(value: SQLOutputValue | undefined): readonly ObjectPart[] | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = JSON.parse(value) as ObjectPart[];
  return parts.map(({ number, sizeBytes, etag, checksum }) => {
    return { number, sizeBytes, etag, checksum };
  });
}
