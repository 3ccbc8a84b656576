/**
 * ListObjects, the first version: clients go on from the last key, or from `NextMarker`.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { element, xmlDocument } from '../protocol/xml.ts';
import { commonPrefixElements, keyElements } from './entry-elements.ts';
import { contentElement, listLatestPage, nextMarkerOf } from './list-latest.ts';
import { readListingParameters } from './read-listing-parameters.ts';

export const listObjects: Operation = {
  name: 'ListObjects',
  action: 's3:ListBucket',
  level: 'bucket',
  method: 'GET',
  selectors: [],
  parameters: ['prefix', 'delimiter', 'marker', 'max-keys', 'encoding-type'],
  effect: 'reads',
  run: async (call) => list(call),
};

function list(call: Call): Reply {
  const bucket = requireBucket(call);
  const parameters = readListingParameters(call, 'max-keys');
  const { prefix, delimiter, limit, encodesKeys } = parameters;
  const marker = call.query.get('marker') ?? '';
  const page = listLatestPage(call, parameters, marker);
  const keyElement = keyElements(encodesKeys);
  // Without a delimiter the last key says as much, and AWS leaves it out.
  const nextMarker = delimiter === '' ? undefined : nextMarkerOf(page);
  return {
    status: 200,
    headers: { 'x-amz-bucket-region': call.region },
    body: xmlDocument('ListBucketResult', [
      element('Name', bucket.name),
      keyElement('Prefix', prefix),
      keyElement('Marker', marker),
      keyElement('NextMarker', nextMarker),
      element('MaxKeys', limit),
      delimiter === '' ? undefined : keyElement('Delimiter', delimiter),
      encodesKeys ? element('EncodingType', 'url') : undefined,
      element('IsTruncated', page.isTruncated),
      ...page.entries.map((one) => contentElement(one, { encodesKeys, showsOwner: true })),
      ...commonPrefixElements(page.commonPrefixes, keyElement),
    ]),
  };
}
