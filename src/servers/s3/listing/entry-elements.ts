/**
 * What stands in listings beside keys: owners, dates, ETags, checksums.
 * @module
 */
import { OWNER_ID, OWNER_NAME } from '../buckets/account.ts';
import type { SystemHeaders } from '../model/object-version.ts';
import { element } from '../protocol/xml.ts';
import type { XmlElement } from '../protocol/xml.ts';
import { encodeListedKey } from './encode-listed-key.ts';

/** `Owner` or `Initiator`: everything belongs to the one account of the server. */
export function accountElement(name: 'Owner' | 'Initiator'): XmlElement {
  return element(name, [element('ID', OWNER_ID), element('DisplayName', OWNER_NAME)]);
}

/** `2009-10-12T17:50:30.000Z` */
export function timeElement(name: string, timeMs: number): XmlElement {
  return element(name, new Date(timeMs).toISOString());
}

export function etagElement(etag: string): XmlElement {
  return element('ETag', `"${etag}"`);
}

export function storageClassElement(headers: SystemHeaders): XmlElement {
  return element('StorageClass', headers['x-amz-storage-class'] ?? 'STANDARD');
}

/** Elements that hold keys, or pieces of them; encoded where the client asked for it. */
export function keyElements(encodesKeys: boolean) {
  return (name: string, key: string | undefined): XmlElement | undefined => {
    if (key === undefined) return undefined;
    return element(name, encodesKeys ? encodeListedKey(key) : key);
  };
}

export function commonPrefixElements(
  prefixes: readonly string[],
  keyElement: ReturnType<typeof keyElements>,
): readonly XmlElement[] {
  return prefixes.map((prefix) => element('CommonPrefixes', [keyElement('Prefix', prefix)]));
}
