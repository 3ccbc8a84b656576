/**
 * ListMultipartUploads: uploads that were begun and neither completed nor aborted.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { UploadRange } from '../catalog/catalog.ts';
import { collectPage } from '../listing/collect-page.ts';
import type { Page } from '../listing/collect-page.ts';
import { commonPrefixOf, rangeAfter } from '../listing/grouping.ts';
import {
  accountElement,
  commonPrefixElements,
  keyElements,
  storageClassElement,
  timeElement,
} from '../listing/entry-elements.ts';
import { readListingParameters } from '../listing/read-listing-parameters.ts';
import type { ListingParameters } from '../listing/read-listing-parameters.ts';
import type { Upload } from '../model/upload.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { element, optionalElement, xmlDocument } from '../protocol/xml.ts';
import type { XmlElement } from '../protocol/xml.ts';

export const listMultipartUploads: Operation = {
  name: 'ListMultipartUploads',
  action: 's3:ListBucketMultipartUploads',
  level: 'bucket',
  method: 'GET',
  selectors: ['uploads'],
  parameters: [
    'prefix',
    'delimiter',
    'key-marker',
    'upload-id-marker',
    'max-uploads',
    'encoding-type',
  ],
  effect: 'reads',
  run: async (call) => list(call),
};

function list(call: Call): Reply {
  const bucket = requireBucket(call);
  const parameters = readListingParameters(call, 'max-uploads');
  const { prefix, delimiter, limit, encodesKeys } = parameters;
  const keyMarker = call.query.get('key-marker') ?? '';
  const idMarker = call.query.get('upload-id-marker') ?? '';
  const page = collectPage<Upload, UploadRange>({
    ...parameters,
    start: startOf(parameters, { key: keyMarker, uploadId: idMarker }),
    fetch: (from, rows) => call.catalog.listUploads(call.bucket, from, rows),
    after: ({ key, id }) => ({ prefix, after: key, afterUploadId: id }),
  });
  const keyElement = keyElements(encodesKeys);
  return {
    status: 200,
    body: xmlDocument('ListMultipartUploadsResult', [
      element('Bucket', bucket.name),
      keyElement('KeyMarker', keyMarker),
      element('UploadIdMarker', idMarker),
      ...nextElements(page, keyElement),
      keyElement('Prefix', prefix),
      delimiter === '' ? undefined : keyElement('Delimiter', delimiter),
      encodesKeys ? element('EncodingType', 'url') : undefined,
      element('MaxUploads', limit),
      element('IsTruncated', page.isTruncated),
      ...page.entries.map((one) => uploadElement(one, keyElement)),
      ...commonPrefixElements(page.commonPrefixes, keyElement),
    ]),
  };
}

interface UploadMarker {
  readonly key: string;
  /** Without a key it is passed over, as with AWS. */
  readonly uploadId: string;
}

/** An upload that is named as the marker may be over by now: the catalog lists its key anew then. */
function startOf(parameters: ListingParameters, { key, uploadId }: UploadMarker): UploadRange {
  const { prefix } = parameters;
  if (key === '') return { prefix };
  const isPassed = uploadId === '' || commonPrefixOf(key, parameters) !== undefined;
  return isPassed ? rangeAfter(key, parameters) : { prefix, after: key, afterUploadId: uploadId };
}

function nextElements(
  page: Page<Upload>,
  keyElement: ReturnType<typeof keyElements>,
): readonly (XmlElement | undefined)[] {
  const { last } = page;
  if (!page.isTruncated || last === undefined) return [];
  if ('commonPrefix' in last) return [keyElement('NextKeyMarker', last.commonPrefix)];
  return [
    keyElement('NextKeyMarker', last.entry.key),
    element('NextUploadIdMarker', last.entry.id),
  ];
}

function uploadElement(upload: Upload, keyElement: ReturnType<typeof keyElements>): XmlElement {
  return element('Upload', [
    keyElement('Key', upload.key),
    element('UploadId', upload.id),
    accountElement('Initiator'),
    accountElement('Owner'),
    storageClassElement(upload.headers),
    timeElement('Initiated', upload.startedMs),
    optionalElement('ChecksumAlgorithm', upload.checksum?.algorithm),
    optionalElement('ChecksumType', upload.checksum?.type),
  ]);
}
