/**
 * One step of a lifecycle, in a transaction of its own.
 * @module
 */
import { deleteVersion } from '../catalog/delete-version.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { lockInForce } from '../lock/lock-in-force.ts';
import type { Bucket } from '../model/bucket.ts';
import type { ObjectVersion } from '../model/object-version.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { RandomBytes } from '../../../base/ports.ts';
import type { Step } from './due-step.ts';

export interface DueStep {
  readonly step: Step;
  /** As it was when its lifecycle was read. */
  readonly bucket: Bucket;
  /** As it was listed. */
  readonly version: ObjectVersion;
  readonly nowMs: number;
}

export interface StepPorts {
  readonly catalog: Catalog;
  readonly random: RandomBytes;
}

/** @returns whether it was done: not if anything is other than it was, or the version is locked */
export async function takeStep(ports: StepPorts, due: DueStep): Promise<boolean> {
  const { catalog } = ports;
  const { bucket, version } = due;
  return catalog.write(() => {
    const isWanted = catalog.bucket(bucket.name)?.lifecycle === bucket.lifecycle;
    const now = catalog.version(bucket.name, version.key, version.versionId);
    const isSame = now?.sequence === version.sequence && now.isLatest === version.isLatest;
    return isWanted && isSame && act(ports, due, now);
  });
}

function act({ catalog, random }: StepPorts, due: DueStep, version: ObjectVersion): boolean {
  const { step, bucket, nowMs } = due;
  const isLocked = (one: ObjectVersion) => lockInForce(one.lock, nowMs) !== undefined;
  if (step === 'expire') {
    // What would be gone for good: in a bucket that keeps versions, nothing.
    const now = catalog.bucket(bucket.name);
    const buried = catalog.version(bucket.name, version.key, 'null');
    if (now?.versioning !== 'Enabled' && buried && isLocked(buried)) return false;
    const deletion = { key: version.key, versionId: undefined, owner: bucket.owner, nowMs };
    deleteVersion(catalog, bucket, deletion, { random, assertDeletable: assertUnlocked(isLocked) });
    return true;
  }
  if (isLocked(version)) return false;
  if (step === 'remove-marker' && hasVersionsUnder(catalog, version)) return false;
  catalog.removeVersion(version);
  return true;
}

function hasVersionsUnder(catalog: Catalog, { bucket, key, versionId }: ObjectVersion): boolean {
  const range = { prefix: key, after: key, afterVersionId: versionId };
  return catalog.listVersions(bucket, range, 1)[0]?.key === key;
}

/** Never reached, as it was looked at before: the last door is shut all the same. */
function assertUnlocked(isLocked: (version: ObjectVersion) => boolean) {
  return (version: ObjectVersion): void => {
    if (isLocked(version)) throw new S3Error('AccessDenied', 'The version is locked');
  };
}
