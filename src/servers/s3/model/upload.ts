/**
 * An upload in parts that was begun and not yet completed.
 * @module
 */
import type { ChecksumAlgorithm, ChecksumType } from './checksum.ts';
import type { EncryptionRecord, Extent, ObjectLock, SystemHeaders } from './object-version.ts';

export interface Upload {
  /** 32 characters of hex. */
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly startedMs: number;
  /** Access key that began it. */
  readonly owner: string;
  readonly headers: SystemHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly encryption: EncryptionRecord;
  readonly lock: ObjectLock;
  readonly checksum:
    { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
}

export interface UploadedPart {
  readonly uploadId: string;
  /** 1 to 10,000. */
  readonly number: number;
  readonly sizeBytes: number;
  readonly etag: string;
  /** Base64. */
  readonly checksum: string | undefined;
  readonly modifiedMs: number;
  readonly extent: Extent;
}
