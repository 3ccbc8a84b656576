/**
 * GetBucketVersioning and PutBucketVersioning.
 * @module
 */
import type { Bucket } from '../model/bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { malformed, readXml, textOf } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { optionalElement, xmlDocument } from '../protocol/xml.ts';
import { requireBucket } from './require-bucket.ts';

const DOCUMENT_BYTES_MAX = 64 * 1024;

const ofVersioning = { level: 'bucket', selectors: ['versioning'], parameters: [] } as const;

export const bucketVersioningOperations: readonly Operation[] = [
  {
    ...ofVersioning,
    name: 'GetBucketVersioning',
    action: 's3:GetBucketVersioning',
    method: 'GET',
    effect: 'reads',
    run: async (call) => {
      const status = optionalElement('Status', requireBucket(call).versioning);
      return { status: 200, body: xmlDocument('VersioningConfiguration', [status]) };
    },
  },
  {
    ...ofVersioning,
    name: 'PutBucketVersioning',
    action: 's3:PutBucketVersioning',
    method: 'PUT',
    effect: 'changes',
    run: putVersioning,
  },
];

async function putVersioning(call: Call): Promise<Reply> {
  requireBucket(call);
  const versioning = readVersioning(await call.document(DOCUMENT_BYTES_MAX));
  await call.catalog.write(() => {
    const { objectLock } = requireBucket(call);
    if (objectLock !== undefined && versioning !== 'Enabled') {
      throw new S3Error(
        'InvalidBucketState',
        'An Object Lock configuration is present on this bucket: its versions cannot be suspended.',
      );
    }
    call.catalog.updateBucket(call.bucket, { versioning });
  });
  return { status: 200 };
}

function readVersioning(document: Buffer): Bucket['versioning'] {
  const configuration = readXml(document, 'VersioningConfiguration');
  if ((textOf(configuration, 'MfaDelete') ?? 'Disabled') !== 'Disabled') {
    throw new S3Error('NotImplemented', 'This server has no MFA delete');
  }
  const status = textOf(configuration, 'Status');
  if (status === 'Enabled' || status === 'Suspended') return status;
  throw malformed();
}
