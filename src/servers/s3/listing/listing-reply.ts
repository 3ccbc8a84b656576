/**
 * The answer to a listing, as far as it is the same for keys, versions and uploads.
 * @module
 */
import type { Call, Reply } from '../protocol/operation.ts';
import { element, xmlDocument } from '../protocol/xml.ts';
import type { XmlElement } from '../protocol/xml.ts';
import { commonPrefixElements, keyElements } from './entry-elements.ts';
import type { ListingParameters } from './read-listing-parameters.ts';

type Elements = readonly (XmlElement | undefined)[];

export interface Listing {
  /** Of the document: `ListBucketResult`. */
  readonly name: string;
  readonly parameters: ListingParameters;
  readonly page: {
    readonly isTruncated: boolean;
    readonly commonPrefixes: readonly string[];
  };
  /** What this listing has beside the rest: where it begins, and where the next one does. */
  readonly markers: Elements;
  readonly entries: Elements;
}

export function listingReply(
  call: Call,
  { name, parameters, page, markers, entries }: Listing,
): Reply {
  const { prefix, delimiter, limit, encodesKeys } = parameters;
  const keyElement = keyElements(encodesKeys);
  return {
    status: 200,
    headers: { 'x-amz-bucket-region': call.region },
    body: xmlDocument(name, [
      element('Name', call.bucket),
      keyElement('Prefix', prefix),
      ...markers,
      element('MaxKeys', limit),
      delimiter === '' ? undefined : keyElement('Delimiter', delimiter),
      encodesKeys ? element('EncodingType', 'url') : undefined,
      element('IsTruncated', page.isTruncated),
      ...entries,
      ...commonPrefixElements(page.commonPrefixes, keyElement),
    ]),
  };
}
