/**
 * Deletes an object or one version of it, by the rules of its bucket.
 * Source: AWS, "Deleting object versions from a versioning-enabled bucket".
 * @module
 */
import type { RandomBytes } from '../../../base/ports.ts';
import type { Bucket } from '../model/bucket.ts';
import { NO_LOCK, NULL_VERSION } from '../model/object-version.ts';
import type { NewVersion, ObjectVersion } from '../model/object-version.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Catalog } from './catalog.ts';
import { newVersionId } from './version-id.ts';

export interface Deletion {
  readonly key: string;
  /** Undefined: the object; where versions are kept, it gets a delete marker. */
  readonly versionId: string | undefined;
  /** Access key that deletes. */
  readonly owner: string;
  readonly nowMs: number;
}

export interface Deleted {
  /** Of the delete marker that was made, or of what was removed for good. Undefined where versions are unknown. */
  readonly versionId: string | undefined;
  /** A delete marker was made, or removed. */
  readonly isDeleteMarker: boolean;
  /** What is gone for good. */
  readonly removed: ObjectVersion | undefined;
}

export interface DeleteOptions {
  readonly random: RandomBytes;
  /** Throws where the version is locked. Called for whatever would be gone for good. */
  readonly assertDeletable: (version: ObjectVersion) => void;
  /** Sees what is to be deleted, or would be hidden by a marker, and throws to refuse. */
  readonly check?: (target: ObjectVersion | undefined) => void;
}

/**
 * Called inside `catalog.write`. What is not there is deleted without complaint.
 * @throws S3Error `NoSuchBucket`; whatever `options` throw
 */
export function deleteVersion(
  catalog: Catalog,
  bucket: Bucket,
  deletion: Deletion,
  options: DeleteOptions,
): Deleted {
  const { name } = bucket;
  const now = catalog.bucket(name);
  if (now === undefined) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  const { key, versionId } = deletion;
  if (versionId !== undefined) {
    const target = catalog.version(name, key, versionId);
    options.check?.(target);
    if (target !== undefined) remove(catalog, target, options);
    return { versionId, isDeleteMarker: target?.isDeleteMarker ?? false, removed: target };
  }
  options.check?.(catalog.latest(name, key));
  if (now.versioning === 'Enabled') {
    const id = newVersionId(deletion.nowMs, options.random);
    catalog.insertVersion(markerOf(name, deletion, id));
    return { versionId: id, isDeleteMarker: true, removed: undefined };
  }
  const removed = catalog.version(name, key, NULL_VERSION);
  if (removed !== undefined) remove(catalog, removed, options);
  if (now.versioning === undefined) return { versionId: undefined, isDeleteMarker: false, removed };
  catalog.insertVersion(markerOf(name, deletion, NULL_VERSION));
  return { versionId: NULL_VERSION, isDeleteMarker: true, removed };
}

function remove(catalog: Catalog, version: ObjectVersion, options: DeleteOptions): void {
  options.assertDeletable(version);
  catalog.removeVersion(version);
}

function markerOf(bucket: string, { key, owner, nowMs }: Deletion, versionId: string): NewVersion {
  return {
    bucket,
    key,
    versionId,
    isDeleteMarker: true,
    modifiedMs: nowMs,
    owner,
    sizeBytes: 0,
    etag: '',
    headers: {},
    metadata: {},
    tags: {},
    checksum: undefined,
    encryption: { kind: 'none' },
    extents: [],
    parts: undefined,
    lock: NO_LOCK,
  };
}
