/**
 * The encryption that a bucket gives to objects that ask for none.
 * @module
 */
import type { BucketEncryption } from '../model/bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { childOf, childrenOf, malformed, readXml, textOf } from '../protocol/read-xml.ts';
import { requiredText } from '../protocol/read-xml.ts';
import type { XmlTree } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, optionalElement, xmlDocument } from '../protocol/xml.ts';
import { requireBucket } from './require-bucket.ts';

const DOCUMENT_BYTES_MAX = 64 * 1024;

/** What is so where nothing was set, as at AWS since 2023: nothing is ever stored plain. */
const ALWAYS: BucketEncryption = {
  algorithm: 'AES256',
  kmsKeyId: undefined,
  bucketKeyEnabled: false,
};

const ofEncryption = { level: 'bucket', selectors: ['encryption'], parameters: [] } as const;

export const bucketEncryptionOperations: readonly Operation[] = [
  {
    ...ofEncryption,
    name: 'GetBucketEncryption',
    action: 's3:GetEncryptionConfiguration',
    method: 'GET',
    effect: 'reads',
    run: async (call) => {
      return { status: 200, body: documentOf(requireBucket(call).encryption ?? ALWAYS) };
    },
  },
  {
    ...ofEncryption,
    name: 'PutBucketEncryption',
    action: 's3:PutEncryptionConfiguration',
    method: 'PUT',
    effect: 'changes',
    run: putEncryption,
  },
  {
    ...ofEncryption,
    name: 'DeleteBucketEncryption',
    action: 's3:PutEncryptionConfiguration',
    method: 'DELETE',
    effect: 'changes',
    run: async (call) => {
      await setEncryption(call, undefined);
      return { status: 204 };
    },
  },
];

function documentOf({ algorithm, kmsKeyId, bucketKeyEnabled }: BucketEncryption): string {
  const byDefault = element('ApplyServerSideEncryptionByDefault', [
    element('SSEAlgorithm', algorithm),
    optionalElement('KMSMasterKeyID', kmsKeyId),
  ]);
  const rule = element('Rule', [byDefault, element('BucketKeyEnabled', bucketKeyEnabled)]);
  return xmlDocument('ServerSideEncryptionConfiguration', [rule]);
}

async function putEncryption(call: Call): Promise<Reply> {
  requireBucket(call);
  const document = await call.document(DOCUMENT_BYTES_MAX);
  await setEncryption(call, readEncryption(readXml(document, 'ServerSideEncryptionConfiguration')));
  return { status: 200 };
}

async function setEncryption(call: Call, encryption: BucketEncryption | undefined): Promise<void> {
  await call.catalog.write(() => {
    requireBucket(call);
    call.catalog.updateBucket(call.bucket, { encryption });
  });
}

const RULE_PARTS = ['ApplyServerSideEncryptionByDefault', 'BucketKeyEnabled'];

function readEncryption(document: XmlTree): BucketEncryption {
  const [rule, ...more] = childrenOf(document, 'Rule');
  if (rule === undefined || more.length > 0) throw malformed();
  if (rule.children.some(({ name }) => !RULE_PARTS.includes(name))) {
    throw new S3Error(
      'NotImplemented',
      `A rule of encryption has ${RULE_PARTS.join(' and ')} only`,
    );
  }
  const bucketKeyEnabled = readFlag(textOf(rule, 'BucketKeyEnabled'));
  const byDefault = childOf(rule, 'ApplyServerSideEncryptionByDefault');
  if (byDefault === undefined) return { ...ALWAYS, bucketKeyEnabled };
  const algorithm = readAlgorithm(requiredText(byDefault, 'SSEAlgorithm'));
  const kmsKeyId = readKeyId(textOf(byDefault, 'KMSMasterKeyID'));
  if (kmsKeyId !== undefined && algorithm !== 'aws:kms') {
    throw new S3Error(
      'InvalidArgument',
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms',
    );
  }
  return { algorithm, kmsKeyId, bucketKeyEnabled };
}

function readAlgorithm(text: string): BucketEncryption['algorithm'] {
  if (text === 'AES256' || text === 'aws:kms') return text;
  if (text === 'cyb:kms') return 'aws:kms';
  if (text === 'aws:kms:dsse') {
    throw new S3Error('NotImplemented', 'Dual-layer encryption (aws:kms:dsse) is not there.');
  }
  throw malformed();
}

function readKeyId(text: string | undefined): string | undefined {
  if (text === undefined || /^[!-~]{1,2048}$/.test(text)) return text;
  throw new S3Error('InvalidArgument', 'The KMS key id is not well-formed.');
}

function readFlag(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw malformed();
}
