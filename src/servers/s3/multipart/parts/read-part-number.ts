/**
 * Numbers of parts, as requests give them.
 * @module
 */
import type { Call } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';

/** Also the most parts that an upload has. Source: AWS, "Amazon S3 multipart upload limits". */
export const LARGEST_PART_NUMBER = 10_000;

/** @throws S3Error `InvalidArgument` */
export function readPartNumber(call: Call): number {
  const number = parsePartNumber(call.query.get('partNumber') ?? '');
  if (number !== undefined) return number;
  const range = `between 1 and ${LARGEST_PART_NUMBER}, inclusive`;
  throw new S3Error('InvalidArgument', `Part number must be an integer ${range}`, {
    detail: { ArgumentName: 'partNumber' },
  });
}

/** 1 to 10,000; undefined for anything else. */
export function parsePartNumber(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= LARGEST_PART_NUMBER ? number : undefined;
}
