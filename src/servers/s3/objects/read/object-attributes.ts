/**
 * GetObjectAttributes: what is known of an object, without its bytes.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import { readCustomerKey } from '../../encryption/customer-key.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { element, optionalElement, xmlDocument } from '../../protocol/xml.ts';
import type { XmlElement } from '../../protocol/xml.ts';
import { findVersion, versionHeaders } from '../find-version.ts';
import { httpDate } from '../http-date.ts';

export const getObjectAttributes: Operation = {
  name: 'GetObjectAttributes',
  action: (call) =>
    call.query.has('versionId') ? 's3:GetObjectVersionAttributes' : 's3:GetObjectAttributes',
  level: 'object',
  method: 'GET',
  selectors: ['attributes'],
  parameters: ['versionId'],
  effect: 'reads',
  run,
};

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];
const PARTS_MAX = 1000;

async function run(call: Call): Promise<Reply> {
  const bucket = requireBucket(call);
  const versionId = call.query.get('versionId');
  const version = findVersion(call.catalog, { bucket, key: call.key, versionId });
  const asked = readAttributes(call);
  const when = (name: string, content: () => XmlElement | undefined) =>
    asked.has(name) ? content() : undefined;
  const reply = {
    status: 200,
    headers: {
      'last-modified': httpDate(version.modifiedMs),
      ...versionHeaders(bucket, version),
    },
    body: xmlDocument('GetObjectAttributesResponse', [
      when('ETag', () => element('ETag', version.etag)),
      when('Checksum', () => checksumElement(version)),
      when('ObjectParts', () => partsElement(call, version)),
      when('StorageClass', () =>
        element('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD'),
      ),
      when('ObjectSize', () => element('ObjectSize', version.sizeBytes)),
    ]),
  };
  const isCustomers = version.encryption.kind === 'sse-c' || readCustomerKey(call) !== undefined;
  if (isCustomers) {
    const key = await call.keyring.open(version, version.encryption, readCustomerKey(call));
    key[Symbol.dispose]();
  }
  return reply;
}

function readAttributes(call: Call): ReadonlySet<string> {
  const header = call.headers['x-amz-object-attributes'] ?? '';
  const names = header.split(',').map((one) => one.trim());
  if (names.every((name) => ATTRIBUTES.includes(name))) return new Set(names);
  throw new S3Error('InvalidArgument', 'Invalid attribute name specified.', {
    detail: { ArgumentName: 'x-amz-object-attributes' },
  });
}

function checksumElement({ checksum }: ObjectVersion): XmlElement | undefined {
  return (
    checksum &&
    element('Checksum', [
      element(`Checksum${checksum.algorithm}`, checksum.value),
      element('ChecksumType', checksum.type),
    ])
  );
}

function partsElement(call: Call, { parts, checksum }: ObjectVersion): XmlElement | undefined {
  if (parts === undefined) return undefined;
  const max = Math.min(readCount(call, 'x-amz-max-parts') ?? PARTS_MAX, PARTS_MAX);
  const marker = readCount(call, 'x-amz-part-number-marker') ?? 0;
  const left = parts.filter((part) => part.number > marker);
  const page = left.slice(0, max);
  const isTruncated = page.length < left.length;
  return element('ObjectParts', [
    element('PartsCount', parts.length),
    element('PartNumberMarker', marker),
    optionalElement('NextPartNumberMarker', isTruncated ? page.at(-1)?.number : undefined),
    element('MaxParts', max),
    element('IsTruncated', isTruncated),
    ...page.map((part) =>
      element('Part', [
        element('PartNumber', part.number),
        element('Size', part.sizeBytes),
        checksum && optionalElement(`Checksum${checksum.algorithm}`, part.checksum),
      ]),
    ),
  ]);
}

function readCount(call: Call, name: string): number | undefined {
  const text = call.headers[name];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    detail: { ArgumentName: name, ArgumentValue: text },
  });
}
