/**
 * Actions that a bucket policy may name, and whether they are about a bucket or about objects in it.
 * Source: AWS, "Service Authorization Reference: Amazon S3".
 * @module
 */
import { matchesPattern, parsePattern } from '../../policy/pattern.ts';

/** Of a bucket. Some have no operation here: a policy that was written for AWS may name them. */
const BUCKET_ACTIONS = [
  'DeleteBucket',
  'DeleteBucketPolicy',
  'DeleteBucketWebsite',
  'GetAccelerateConfiguration',
  'GetAnalyticsConfiguration',
  'GetBucketAcl',
  'GetBucketCORS',
  'GetBucketLocation',
  'GetBucketLogging',
  'GetBucketNotification',
  'GetBucketObjectLockConfiguration',
  'GetBucketOwnershipControls',
  'GetBucketPolicy',
  'GetBucketPolicyStatus',
  'GetBucketPublicAccessBlock',
  'GetBucketRequestPayment',
  'GetBucketTagging',
  'GetBucketVersioning',
  'GetBucketWebsite',
  'GetEncryptionConfiguration',
  'GetIntelligentTieringConfiguration',
  'GetInventoryConfiguration',
  'GetLifecycleConfiguration',
  'GetMetricsConfiguration',
  'GetReplicationConfiguration',
  'ListBucket',
  'ListBucketMultipartUploads',
  'ListBucketVersions',
  'PutAccelerateConfiguration',
  'PutAnalyticsConfiguration',
  'PutBucketAcl',
  'PutBucketCORS',
  'PutBucketLogging',
  'PutBucketNotification',
  'PutBucketObjectLockConfiguration',
  'PutBucketOwnershipControls',
  'PutBucketPolicy',
  'PutBucketPublicAccessBlock',
  'PutBucketRequestPayment',
  'PutBucketTagging',
  'PutBucketVersioning',
  'PutBucketWebsite',
  'PutEncryptionConfiguration',
  'PutIntelligentTieringConfiguration',
  'PutInventoryConfiguration',
  'PutLifecycleConfiguration',
  'PutMetricsConfiguration',
  'PutReplicationConfiguration',
];

const OBJECT_ACTIONS = [
  'AbortMultipartUpload',
  'BypassGovernanceRetention',
  'DeleteObject',
  'DeleteObjectTagging',
  'DeleteObjectVersion',
  'DeleteObjectVersionTagging',
  'GetObject',
  'GetObjectAcl',
  'GetObjectAttributes',
  'GetObjectLegalHold',
  'GetObjectRetention',
  'GetObjectTagging',
  'GetObjectTorrent',
  'GetObjectVersion',
  'GetObjectVersionAcl',
  'GetObjectVersionAttributes',
  'GetObjectVersionForReplication',
  'GetObjectVersionTagging',
  'GetObjectVersionTorrent',
  'ListMultipartUploadParts',
  'ObjectOwnerOverrideToBucketOwner',
  'PutObject',
  'PutObjectAcl',
  'PutObjectLegalHold',
  'PutObjectRetention',
  'PutObjectTagging',
  'PutObjectVersionAcl',
  'PutObjectVersionTagging',
  'ReplicateDelete',
  'ReplicateObject',
  'ReplicateTags',
  'RestoreObject',
];

export type ActionLevel = 'bucket' | 'object';

const ACTIONS: readonly (readonly [name: string, level: ActionLevel])[] = [
  ...BUCKET_ACTIONS.map((name) => [`s3:${name}`.toLowerCase(), 'bucket'] as const),
  ...OBJECT_ACTIONS.map((name) => [`s3:${name}`.toLowerCase(), 'object'] as const),
];

/**
 * What the actions that fit `pattern` (`s3:Get*`, `*`; in any case) are about. Empty: there are none, which
 * is a mistake in a policy.
 */
export function levelsOfActions(pattern: string): ReadonlySet<ActionLevel> {
  const parsed = parsePattern(pattern.toLowerCase(), { hasWildcards: true, hasVariables: false });
  if (parsed === undefined) return new Set();
  const fitting = ACTIONS.filter(([name]) => matchesPattern(parsed, name, { 'aws:username': '' }));
  return new Set(fitting.map(([, level]) => level));
}
