/**
 * ETags of objects that were uploaded in parts.
 * @module
 */
import { createHash } from 'node:crypto';
import type { UploadedPart } from '../../model/upload.ts';

/**
 * Hex of the MD5 of all parts' ETags (16 bytes each) || `-` || how many there are. Where those are MD5s, it is
 * what AWS makes of the same parts, and clients can compute it.
 */
export function objectEtag(parts: readonly UploadedPart[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
