/**
 * The version of an object that a request names.
 * @module
 */
import type { Catalog } from '../catalog/catalog.ts';
import type { Bucket } from '../model/bucket.ts';
import { NULL_VERSION } from '../model/object-version.ts';
import type { ObjectVersion } from '../model/object-version.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { httpDate } from './http-date.ts';

export interface VersionName {
  readonly bucket: Bucket;
  readonly key: string;
  /** Undefined: the latest. */
  readonly versionId: string | undefined;
}

/**
 * A version with bytes.
 * @throws S3Error `NoSuchKey`, `NoSuchVersion`, `InvalidArgument`, `MethodNotAllowed` for a delete
 * marker that is named by its version; where a delete marker is met, `x-amz-delete-marker` says so
 */
export function findVersion(catalog: Catalog, name: VersionName): ObjectVersion {
  const { bucket, key, versionId } = name;
  if (versionId === undefined) {
    const latest = catalog.latest(bucket.name, key);
    if (latest !== undefined && !latest.isDeleteMarker) return latest;
    throw noSuchKey(key, latest && markerHeaders(latest));
  }
  const version = catalog.version(bucket.name, key, checkedVersionId(versionId));
  if (version === undefined) throw noSuchVersion(key, versionId);
  if (!version.isDeleteMarker) return version;
  throw new S3Error(
    'MethodNotAllowed',
    'The specified method is not allowed for a delete marker.',
    {
      detail: { Method: 'GET', ResourceType: 'DeleteMarker' },
      headers: {
        ...markerHeaders(version),
        allow: 'DELETE',
        'last-modified': httpDate(version.modifiedMs),
      },
    },
  );
}

/** @throws S3Error `InvalidArgument` for what cannot be a version id */
export function checkedVersionId(text: string): string {
  if (text === NULL_VERSION || /^[0-9a-f]{32}$/.test(text)) return text;
  throw new S3Error('InvalidArgument', 'Invalid version id specified', {
    detail: { ArgumentName: 'versionId', ArgumentValue: text },
  });
}

/** What says which version an answer is about; nothing in a bucket that never had versioning. */
export function versionHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return bucket.versioning === undefined ? {} : { 'x-amz-version-id': version.versionId };
}

export function noSuchKey(key: string, headers: Record<string, string> = {}): S3Error {
  return new S3Error('NoSuchKey', 'The specified key does not exist.', {
    detail: { Key: key },
    headers,
  });
}

function noSuchVersion(key: string, versionId: string): S3Error {
  return new S3Error('NoSuchVersion', 'The specified version does not exist.', {
    detail: { Key: key, VersionId: versionId },
  });
}

function markerHeaders(version: ObjectVersion): Record<string, string> {
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
}
