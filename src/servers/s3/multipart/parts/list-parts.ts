/**
 * ListParts: what has arrived of an upload, so that a client can go on with it.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import {
  accountElement,
  etagElement,
  keyElements,
  storageClassElement,
  timeElement,
} from '../../listing/entry-elements.ts';
import {
  readEncodingType,
  readNumber,
  readPageSize,
} from '../../listing/read-listing-parameters.ts';
import type { Upload, UploadedPart } from '../../model/upload.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { element, optionalElement, xmlDocument } from '../../protocol/xml.ts';
import type { XmlElement } from '../../protocol/xml.ts';
import { requireUpload } from '../require-upload.ts';

export const listParts: Operation = {
  name: 'ListParts',
  action: 's3:ListMultipartUploadParts',
  level: 'object',
  method: 'GET',
  selectors: ['uploadId'],
  parameters: ['max-parts', 'part-number-marker', 'encoding-type'],
  effect: 'reads',
  run: async (call) => list(call),
};

function list(call: Call): Reply {
  requireBucket(call);
  const limit = readPageSize(call, 'max-parts');
  const marker = readNumber(call, 'part-number-marker') ?? 0;
  const encodesKeys = readEncodingType(call);
  const upload = requireUpload(call);
  // One more says whether there are more.
  const found = limit === 0 ? [] : call.catalog.listParts(upload.id, marker, limit + 1);
  const parts = found.slice(0, limit);
  const last = parts.at(-1)?.number;
  return {
    status: 200,
    body: xmlDocument('ListPartsResult', [
      element('Bucket', upload.bucket),
      keyElements(encodesKeys)('Key', upload.key),
      encodesKeys ? element('EncodingType', 'url') : undefined,
      element('UploadId', upload.id),
      accountElement('Initiator'),
      accountElement('Owner'),
      storageClassElement(upload.headers),
      element('PartNumberMarker', marker),
      optionalElement('NextPartNumberMarker', last),
      element('MaxParts', limit),
      element('IsTruncated', found.length > limit),
      optionalElement('ChecksumAlgorithm', upload.checksum?.algorithm),
      optionalElement('ChecksumType', upload.checksum?.type),
      ...parts.map((part) => partElement(part, upload)),
    ]),
  };
}

function partElement(part: UploadedPart, upload: Upload): XmlElement {
  return element('Part', [
    element('PartNumber', part.number),
    timeElement('LastModified', part.modifiedMs),
    etagElement(part.etag),
    element('Size', part.sizeBytes),
    upload.checksum && optionalElement(`Checksum${upload.checksum.algorithm}`, part.checksum),
  ]);
}
