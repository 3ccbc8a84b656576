/**
 * What both versions of ListObjects share: a page of the latest versions, and their entries.
 * @module
 */
import type { ObjectVersion } from '../model/object-version.ts';
import type { Call } from '../protocol/operation.ts';
import { element } from '../protocol/xml.ts';
import type { XmlElement } from '../protocol/xml.ts';
import { collectPage } from './collect-page.ts';
import type { Page } from './collect-page.ts';
import { rangeAfter } from './grouping.ts';
import {
  accountElement,
  etagElement,
  keyElements,
  storageClassElement,
  timeElement,
} from './entry-elements.ts';
import type { ListingParameters } from './read-listing-parameters.ts';

/** @param marker key or common prefix that the page comes after; empty: from the start */
export function listLatestPage(
  call: Call,
  parameters: ListingParameters,
  marker: string,
): Page<ObjectVersion> {
  const { prefix } = parameters;
  return collectPage<ObjectVersion>({
    ...parameters,
    start: marker === '' ? { prefix } : rangeAfter(marker, parameters),
    fetch: (from, limit) => call.catalog.listLatest(call.bucket, from, limit),
    after: ({ key }) => ({ prefix, after: key }),
  });
}

/** The key or common prefix that the next page comes after; undefined: there is none. */
export function nextMarkerOf(page: Page<ObjectVersion>): string | undefined {
  if (!page.isTruncated || page.last === undefined) return undefined;
  return 'entry' in page.last ? page.last.entry.key : page.last.commonPrefix;
}

export interface ContentOptions {
  readonly encodesKeys: boolean;
  readonly showsOwner: boolean;
}

export function contentElement(version: ObjectVersion, options: ContentOptions): XmlElement {
  const { checksum } = version;
  return element('Contents', [
    keyElements(options.encodesKeys)('Key', version.key),
    timeElement('LastModified', version.modifiedMs),
    etagElement(version.etag),
    checksum && element('ChecksumAlgorithm', checksum.algorithm),
    checksum && element('ChecksumType', checksum.type),
    element('Size', version.sizeBytes),
    options.showsOwner ? accountElement('Owner') : undefined,
    storageClassElement(version.headers),
  ]);
}
