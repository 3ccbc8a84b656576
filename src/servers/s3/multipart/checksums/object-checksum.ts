/**
 * The checksum of an object that was uploaded in parts, of those of its parts.
 * @module
 */
import { createHash } from 'node:crypto';
import { assert } from '../../../../base/failure.ts';
import type { ChecksumAlgorithm, StoredChecksum } from '../../model/checksum.ts';
import type { Upload, UploadedPart } from '../../model/upload.ts';
import { combineCrcs, CRC_FIELDS, crcOf } from './combine-crc.ts';

/**
 * Composite: the checksum of the parts' checksums, one after the other, || `-` || how many there are. Full object:
 * what the same algorithm makes of the object's bytes.
 */
export function objectChecksum(
  wish: Upload['checksum'],
  parts: readonly UploadedPart[],
): StoredChecksum | undefined {
  if (wish === undefined) return undefined;
  const checksums = parts.map(({ checksum, sizeBytes }) => {
    assert(checksum !== undefined, 'a part came without the checksum that its upload asks for');
    return { crc: Buffer.from(checksum, 'base64'), sizeBytes };
  });
  if (wish.type === 'COMPOSITE') {
    const joined = Buffer.concat(checksums.map(({ crc }) => crc));
    const value = digest(wish.algorithm, joined).toString('base64');
    return { ...wish, value: `${value}-${parts.length}` };
  }
  const { algorithm } = wish;
  assert(algorithm !== 'SHA1' && algorithm !== 'SHA256', 'hashes cannot be combined');
  const value = combineCrcs(CRC_FIELDS[algorithm], checksums).toString('base64');
  return { ...wish, value };
}

/** At once, unlike `checksumHash`: it is needed inside a transaction. `bytes` are at most 320 KB. */
function digest(algorithm: ChecksumAlgorithm, bytes: Buffer): Buffer {
  if (algorithm === 'SHA1' || algorithm === 'SHA256') {
    return createHash(algorithm).update(bytes).digest();
  }
  return crcOf(CRC_FIELDS[algorithm], bytes);
}
