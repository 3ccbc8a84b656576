/**
 * ListObjectVersions: all versions and delete markers, newest first within a key.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { VersionRange } from '../catalog/catalog.ts';
import type { ObjectVersion } from '../model/object-version.ts';
import { checkedVersionId } from '../objects/find-version.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, optionalElement } from '../protocol/xml.ts';
import type { XmlElement } from '../protocol/xml.ts';
import { collectPage } from './collect-page.ts';
import type { Page } from './collect-page.ts';
import { commonPrefixOf, rangeAfter } from './grouping.ts';
import {
  accountElement,
  etagElement,
  keyElements,
  storageClassElement,
  timeElement,
} from './entry-elements.ts';
import { listingReply } from './listing-reply.ts';
import { readListingParameters } from './read-listing-parameters.ts';
import type { ListingParameters } from './read-listing-parameters.ts';

export const listObjectVersions: Operation = {
  name: 'ListObjectVersions',
  action: 's3:ListBucketVersions',
  level: 'bucket',
  method: 'GET',
  selectors: ['versions'],
  parameters: [
    'prefix',
    'delimiter',
    'key-marker',
    'version-id-marker',
    'max-keys',
    'encoding-type',
  ],
  effect: 'reads',
  run: async (call) => list(call),
};

function list(call: Call): Reply {
  requireBucket(call);
  const parameters = readListingParameters(call, 'max-keys');
  const { prefix, encodesKeys } = parameters;
  const keyMarker = call.query.get('key-marker') ?? '';
  const idMarker = call.query.get('version-id-marker') ?? '';
  const page = collectPage<ObjectVersion, VersionRange>({
    ...parameters,
    start: startOf(parameters, { key: keyMarker, versionId: idMarker }),
    fetch: (from, rows) => call.catalog.listVersions(call.bucket, from, rows),
    after: ({ key, versionId }) => ({ prefix, after: key, afterVersionId: versionId }),
  });
  const keyElement = keyElements(encodesKeys);
  const markers = [
    keyElement('KeyMarker', keyMarker),
    element('VersionIdMarker', idMarker),
    ...nextElements(page, keyElement),
  ];
  const entries = page.entries.map((one) => versionElement(one, keyElement));
  return listingReply(call, { name: 'ListVersionsResult', parameters, page, markers, entries });
}

interface VersionMarker {
  readonly key: string;
  readonly versionId: string;
}

/** A version that is named as the marker may be gone by now: the catalog knows where it was. */
function startOf(parameters: ListingParameters, { key, versionId }: VersionMarker): VersionRange {
  const { prefix } = parameters;
  if (key === '' && versionId !== '') {
    const rule = 'A version-id marker cannot be specified without a key marker.';
    throw new S3Error('InvalidArgument', rule, {
      detail: { ArgumentName: 'version-id-marker', ArgumentValue: versionId.slice(0, 64) },
    });
  }
  if (key === '') return { prefix };
  const isPassed = versionId === '' || commonPrefixOf(key, parameters) !== undefined;
  if (isPassed) return rangeAfter(key, parameters);
  return { prefix, after: key, afterVersionId: checkedVersionId(versionId) };
}

function nextElements(
  page: Page<ObjectVersion>,
  keyElement: ReturnType<typeof keyElements>,
): readonly (XmlElement | undefined)[] {
  const { last } = page;
  if (!page.isTruncated || last === undefined) return [];
  if ('commonPrefix' in last) return [keyElement('NextKeyMarker', last.commonPrefix)];
  const { key, versionId } = last.entry;
  return [keyElement('NextKeyMarker', key), optionalElement('NextVersionIdMarker', versionId)];
}

function versionElement(
  version: ObjectVersion,
  keyElement: ReturnType<typeof keyElements>,
): XmlElement {
  const { checksum, isDeleteMarker } = version;
  const name = [
    keyElement('Key', version.key),
    element('VersionId', version.versionId),
    element('IsLatest', version.isLatest),
    timeElement('LastModified', version.modifiedMs),
  ];
  if (isDeleteMarker) return element('DeleteMarker', [...name, accountElement('Owner')]);
  return element('Version', [
    ...name,
    etagElement(version.etag),
    checksum && element('ChecksumAlgorithm', checksum.algorithm),
    checksum && element('ChecksumType', checksum.type),
    element('Size', version.sizeBytes),
    accountElement('Owner'),
    storageClassElement(version.headers),
  ]);
}
