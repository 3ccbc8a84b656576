/**
 * ListObjects, the first version: clients go on from the last key, or from `NextMarker`.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { keyElements } from './entry-elements.ts';
import { contentElement, listLatestPage, nextMarkerOf } from './list-latest.ts';
import { listingReply } from './listing-reply.ts';
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
  requireBucket(call);
  const parameters = readListingParameters(call, 'max-keys');
  const { delimiter, encodesKeys } = parameters;
  const marker = call.query.get('marker') ?? '';
  const page = listLatestPage(call, parameters, marker);
  const keyElement = keyElements(encodesKeys);
  // Without a delimiter the last key says as much, and AWS leaves it out.
  const nextMarker = delimiter === '' ? undefined : nextMarkerOf(page);
  const markers = [keyElement('Marker', marker), keyElement('NextMarker', nextMarker)];
  const entries = page.entries.map((one) => contentElement(one, { encodesKeys, showsOwner: true }));
  return listingReply(call, { name: 'ListBucketResult', parameters, page, markers, entries });
}
