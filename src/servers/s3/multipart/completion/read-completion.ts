/**
 * What CompleteMultipartUpload says: the parts, in order, that the object is to be made of.
 * @module
 */
import { CHECKSUM_ALGORITHMS } from '../../model/checksum.ts';
import type { ChecksumAlgorithm } from '../../model/checksum.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { childrenOf, malformed, readXml, requiredText, textOf } from '../../protocol/read-xml.ts';
import type { XmlTree } from '../../protocol/read-xml.ts';
import { LARGEST_PART_NUMBER, parsePartNumber } from '../parts/read-part-number.ts';

/** 10,000 parts with two checksums each, indented, have less. */
export const LONGEST_COMPLETION_BYTES = 8 * 1024 * 1024;

export interface ClaimedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: readonly ClaimedChecksum[];
}

export interface ClaimedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64, as it was sent. */
  readonly value: string;
}

/**
 * At least one part, numbers ascending.
 * @throws S3Error `MalformedXML`, `InvalidPartOrder`
 */
export function readCompletion(document: Uint8Array): readonly ClaimedPart[] {
  const root = readXml(document, 'CompleteMultipartUpload');
  const parts = childrenOf(root, 'Part').map(readPart);
  if (parts.length === 0 || parts.length > LARGEST_PART_NUMBER) throw malformed();
  let last = 0;
  for (const { number } of parts) {
    if (number <= last) throw wrongOrder();
    last = number;
  }
  return parts;
}

function readPart(tree: XmlTree): ClaimedPart {
  const number = parsePartNumber(requiredText(tree, 'PartNumber').trim());
  if (number === undefined) throw malformed();
  const checksums = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = textOf(tree, `Checksum${algorithm}`)?.trim();
    return value === undefined || value === '' ? [] : [{ algorithm, value }];
  });
  return { number, etag: withoutQuotes(requiredText(tree, 'ETag').trim()), checksums };
}

function withoutQuotes(text: string): string {
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

function wrongOrder(): S3Error {
  const rule = 'Parts must be ordered by part number.';
  return new S3Error('InvalidPartOrder', `The list of parts was not in ascending order. ${rule}`);
}
