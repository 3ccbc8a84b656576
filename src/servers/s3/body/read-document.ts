/**
 * The whole of a body that is a document.
 * @module
 */
import type { CheckedBody } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';

/** @throws S3Error `MalformedXML` where there is more than `limitBytes`; and what reading `body` throws */
export async function readDocument(body: CheckedBody, limitBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of body) {
    sizeBytes += piece.length;
    if (sizeBytes > limitBytes) {
      throw new S3Error('MalformedXML', 'The document that was sent is too large.');
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, sizeBytes);
}
