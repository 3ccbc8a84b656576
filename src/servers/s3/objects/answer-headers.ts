/**
 * What answers to GET and HEAD say about an object.
 * @module
 */
import { encryptionHeaders } from '../encryption/encryption-headers.ts';
import type { StoredChecksum } from '../model/checksum.ts';
import type { ObjectLock, ObjectVersion } from '../model/object-version.ts';
import { httpDate } from './http-date.ts';

export type Headers = Readonly<Record<string, string>>;

/** What AWS calls an object whose writer did not say. */
const UNKNOWN_TYPE = 'binary/octet-stream';

/** All but those of a range, a checksum, and the version id. */
export function objectHeaders(version: ObjectVersion): Headers {
  const tagCount = Object.keys(version.tags).length;
  return {
    'content-type': UNKNOWN_TYPE,
    ...version.headers,
    ...metadataHeaders(version.metadata),
    ...encryptionHeaders(version.encryption),
    ...lockHeaders(version.lock),
    ...(tagCount > 0 && { 'x-amz-tagging-count': String(tagCount) }),
    'accept-ranges': 'bytes',
    'last-modified': httpDate(version.modifiedMs),
    etag: quoted(version.etag),
  };
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** `x-amz-checksum-crc32: …` and its type. */
export function checksumHeaders(checksum: StoredChecksum | undefined): Headers {
  if (checksum === undefined) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  };
}

export function checksumHeader(algorithm: StoredChecksum['algorithm']): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

function metadataHeaders(metadata: ObjectVersion['metadata']): Headers {
  const entries = Object.entries(metadata);
  return Object.fromEntries(entries.map(([name, value]) => [`x-amz-meta-${name}`, value]));
}

function lockHeaders(lock: ObjectLock): Headers {
  const { mode, retainUntilMs } = lock;
  return {
    ...(mode !== undefined &&
      retainUntilMs !== undefined && {
        'x-amz-object-lock-mode': mode,
        'x-amz-object-lock-retain-until-date': new Date(retainUntilMs).toISOString(),
      }),
    ...(lock.isHeld && { 'x-amz-object-lock-legal-hold': 'ON' }),
  };
}
