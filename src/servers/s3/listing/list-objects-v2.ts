/**
 * ListObjectsV2: clients go on with a token.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, optionalElement } from '../protocol/xml.ts';
import { decodeContinuationToken, encodeContinuationToken } from './continuation-token.ts';
import { keyElements } from './entry-elements.ts';
import { contentElement, listLatestPage, nextMarkerOf } from './list-latest.ts';
import { listingReply } from './listing-reply.ts';
import { readListingParameters } from './read-listing-parameters.ts';

export const listObjectsV2: Operation = {
  name: 'ListObjectsV2',
  action: 's3:ListBucket',
  level: 'bucket',
  method: 'GET',
  selectors: ['list-type'],
  parameters: [
    'prefix',
    'delimiter',
    'start-after',
    'continuation-token',
    'fetch-owner',
    'max-keys',
    'encoding-type',
  ],
  effect: 'reads',
  run: async (call) => list(call),
};

function list(call: Call): Reply {
  requireBucket(call);
  if (call.query.get('list-type') !== '2') {
    throw new S3Error('InvalidArgument', 'Invalid List Type specified in Request', {
      detail: { ArgumentName: 'list-type' },
    });
  }
  const parameters = readListingParameters(call, 'max-keys');
  const { encodesKeys } = parameters;
  const token = call.query.get('continuation-token');
  const startAfter = call.query.get('start-after');
  const page = listLatestPage(call, parameters, markerOf(token, startAfter));
  const next = nextMarkerOf(page);
  const keyElement = keyElements(encodesKeys);
  const showsOwner = call.query.get('fetch-owner') === 'true';
  const markers = [
    keyElement('StartAfter', startAfter),
    optionalElement('ContinuationToken', token),
    optionalElement('NextContinuationToken', next && encodeContinuationToken(next)),
    element('KeyCount', page.entries.length + page.commonPrefixes.length),
  ];
  const entries = page.entries.map((one) => contentElement(one, { encodesKeys, showsOwner }));
  return listingReply(call, { name: 'ListBucketResult', parameters, page, markers, entries });
}

/** A token wins: it is what `start-after` has led to. */
function markerOf(token: string | undefined, startAfter: string | undefined): string {
  return token === undefined ? (startAfter ?? '') : decodeContinuationToken(token);
}
