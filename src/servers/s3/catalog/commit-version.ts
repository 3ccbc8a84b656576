/**
 * A new version of an object, by the rules of its bucket: the one way in which anything becomes visible.
 * Source: AWS, "How S3 Versioning works".
 * @module
 */
import type { RandomBytes } from '../../../base/ports.ts';
import type { Bucket } from '../model/bucket.ts';
import { NULL_VERSION } from '../model/object-version.ts';
import type { NewVersion, ObjectVersion } from '../model/object-version.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Catalog, InlineBytes } from './catalog.ts';
import { newVersionId } from './version-id.ts';

/**
 * Called inside `catalog.write`. Where versions are kept (`Enabled`), it is one more; else it takes the place of the
 * null version, if there is one.
 * @param bucket as the caller knows it; its versioning is looked up again here, where it cannot change any more
 * @param version its `modifiedMs` is the time by which a lock of what it replaces is judged
 * @param check sees what is latest now, which may be a delete marker, and throws to refuse
 * @throws S3Error `NoSuchBucket`; `AccessDenied` where it would replace a version that is locked
 */
export function commitVersion(
  catalog: Catalog,
  bucket: Bucket,
  version: Omit<NewVersion, 'versionId'>,
  random: RandomBytes,
  inline?: InlineBytes,
  check?: (current: ObjectVersion | undefined) => void,
): ObjectVersion {
  const { name } = bucket;
  const now = catalog.bucket(name);
  if (now === undefined) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  check?.(catalog.latest(name, version.key));
  if (now.versioning === 'Enabled') {
    const versionId = newVersionId(version.modifiedMs, random);
    return catalog.insertVersion({ ...version, versionId }, inline);
  }
  const replaced = catalog.version(name, version.key, NULL_VERSION);
  if (replaced !== undefined) {
    assertReplaceable(replaced, version.modifiedMs);
    catalog.removeVersion(replaced);
  }
  return catalog.insertVersion({ ...version, versionId: NULL_VERSION }, inline);
}

/** Versions may have been suspended in a bucket that has locked ones: that must not open a way around the lock. */
function assertReplaceable({ lock }: ObjectVersion, nowMs: number): void {
  const isRetained = lock.retainUntilMs !== undefined && lock.retainUntilMs > nowMs;
  if (!lock.isHeld && !isRetained) return;
  throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
}
