/**
 * GetObjectLockConfiguration and PutObjectLockConfiguration.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { BucketLock, DefaultRetention } from '../model/bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { childOf, malformed, readXml, requiredText, textOf } from '../protocol/read-xml.ts';
import type { XmlTree } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, optionalElement, xmlDocument } from '../protocol/xml.ts';

const DOCUMENT_BYTES_MAX = 64 * 1024;

/** As AWS's. */
const YEARS_MAX = 100;
const DAYS_MAX = 36_500;

const ofConfiguration = { level: 'bucket', selectors: ['object-lock'], parameters: [] } as const;

export const getObjectLockConfiguration: Operation = {
  ...ofConfiguration,
  name: 'GetObjectLockConfiguration',
  action: 's3:GetBucketObjectLockConfiguration',
  method: 'GET',
  effect: 'reads',
  run: async (call) => {
    const { objectLock } = requireBucket(call);
    if (objectLock === undefined) {
      throw new S3Error(
        'ObjectLockConfigurationNotFoundError',
        'Object Lock configuration does not exist for this bucket',
      );
    }
    return { status: 200, body: documentOf(objectLock) };
  },
};

export const putObjectLockConfiguration: Operation = {
  ...ofConfiguration,
  name: 'PutObjectLockConfiguration',
  action: 's3:PutBucketObjectLockConfiguration',
  method: 'PUT',
  effect: 'changes',
  run: putConfiguration,
};

function documentOf({ defaultRetention }: BucketLock): string {
  const enabled = element('ObjectLockEnabled', 'Enabled');
  if (defaultRetention === undefined) return xmlDocument('ObjectLockConfiguration', [enabled]);
  const { mode, days, years } = defaultRetention;
  const retention = [
    element('Mode', mode),
    optionalElement('Days', days),
    optionalElement('Years', years),
  ];
  const rule = element('Rule', [element('DefaultRetention', retention)]);
  return xmlDocument('ObjectLockConfiguration', [enabled, rule]);
}

/** Once on, it stays on; what it gives to new objects may change. */
async function putConfiguration(call: Call): Promise<Reply> {
  requireBucket(call);
  const document = await call.document(DOCUMENT_BYTES_MAX);
  const defaultRetention = readConfiguration(readXml(document, 'ObjectLockConfiguration'));
  await call.catalog.write(() => {
    if (requireBucket(call).versioning !== 'Enabled') {
      throw new S3Error(
        'InvalidBucketState',
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
      );
    }
    call.catalog.updateBucket(call.bucket, { objectLock: { defaultRetention } });
  });
  return { status: 200 };
}

function readConfiguration(document: XmlTree): DefaultRetention | undefined {
  if (requiredText(document, 'ObjectLockEnabled') !== 'Enabled') throw malformed();
  const rule = childOf(document, 'Rule');
  if (rule === undefined) return undefined;
  const retention = childOf(rule, 'DefaultRetention');
  if (retention === undefined) throw malformed();
  const mode = requiredText(retention, 'Mode');
  const days = textOf(retention, 'Days');
  const years = textOf(retention, 'Years');
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw malformed();
  if (days !== undefined && years === undefined) return { mode, days: period(days, DAYS_MAX) };
  if (years !== undefined && days === undefined) return { mode, years: period(years, YEARS_MAX) };
  throw malformed();
}

function period(text: string, most: number): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) {
    throw new S3Error(
      'InvalidArgument',
      'Default retention period must be a positive integer value',
    );
  }
  if (Number(text) <= most) return Number(text);
  throw new S3Error('InvalidArgument', 'Default retention period too large');
}
