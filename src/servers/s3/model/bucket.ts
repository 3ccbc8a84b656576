/**
 * A bucket and how it is set up.
 * @module
 */

export interface Bucket {
  readonly name: string;
  readonly createdMs: number;
  /** Access key that made it. */
  readonly owner: string;
  /** Undefined: never switched on. Suspended keeps versions and adds the `null` version. */
  readonly versioning: 'Enabled' | 'Suspended' | undefined;
  readonly objectLock: BucketLock | undefined;
  readonly encryption: BucketEncryption | undefined;
  /** As it was sent (JSON), parsed when it was set. */
  readonly policy: string | undefined;
  /** As it was sent (XML), parsed when it was set. */
  readonly lifecycle: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
}

/** What can be changed later. */
export type BucketSettings = Omit<Bucket, 'name' | 'createdMs' | 'owner'>;

/** Object Lock is on; new objects get `defaultRetention` where they bring none. */
export interface BucketLock {
  readonly defaultRetention: DefaultRetention | undefined;
}

export interface DefaultRetention {
  readonly mode: RetentionMode;
  readonly days?: number;
  readonly years?: number;
}

export type RetentionMode = 'GOVERNANCE' | 'COMPLIANCE';

/** What objects get that ask for no encryption. */
export interface BucketEncryption {
  readonly algorithm: SseAlgorithm;
  /** As it was given: id, ARN or alias. */
  readonly kmsKeyId: string | undefined;
  readonly bucketKeyEnabled: boolean;
}

/** `cyb:kms` is `aws:kms` by another name. */
export type SseAlgorithm = 'AES256' | 'aws:kms';
