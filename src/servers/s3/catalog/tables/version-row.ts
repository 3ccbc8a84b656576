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

/** The long columns of a version, which a listing seldom needs. */
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

/**
 * Extents and parts are decoded when they are first asked for: an object may have ten thousand.
 * @param readLong called at most once, and only then
 */
export function versionOf(row: Row, bucket: string, readLong: () => LongColumns): ObjectVersion {
  const details = detailsOf(row);
  let long: LongColumns | undefined;
  let extents: readonly Extent[] | undefined;
  let parts: readonly ObjectPart[] | undefined;
  return {
    bucket,
    key: textOf(row['key']),
    versionId: String(row['version_id']),
    sequence: Number(row['sequence']),
    isLatest: row['is_latest'] === 1,
    isDeleteMarker: row['is_marker'] === 1,
    modifiedMs: Number(row['modified_ms']),
    owner: String(row['owner']),
    sizeBytes: Number(row['size_bytes']),
    etag: String(row['etag']),
    headers: details.headers,
    metadata: details.metadata,
    tags: details.tags,
    checksum: details.checksum,
    encryption: details.encryption,
    get extents() {
      extents ??= unpackExtents(bytesOf((long ??= readLong()).extents));
      return extents;
    },
    get parts() {
      parts ??= partsOf((long ??= readLong()).parts);
      return parts;
    },
    uploadId: details.uploadId,
    lock: lockOf(details.lock),
  };
}

export function partsText(parts: readonly ObjectPart[] | undefined): string | null {
  return parts === undefined ? null : JSON.stringify(parts);
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
