/**
 * What all listings are asked with: prefix, delimiter, page size and encoding of keys.
 * @module
 */
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Grouping } from './grouping.ts';

/** AWS gives no more in one page, whatever is asked for. */
export const MOST_PER_PAGE = 1000;

/** The largest number that AWS takes here. */
const LARGEST_NUMBER = 2_147_483_647;

export interface ListingParameters extends Grouping {
  /** 0 to 1,000. */
  readonly limit: number;
  readonly encodesKeys: boolean;
}

/**
 * @param limitName `max-keys` or `max-uploads`
 * @throws S3Error `InvalidArgument`
 */
export function readListingParameters(call: Call, limitName: string): ListingParameters {
  return {
    prefix: call.query.get('prefix') ?? '',
    delimiter: call.query.get('delimiter') ?? '',
    limit: readPageSize(call, limitName),
    encodesKeys: readEncodingType(call),
  };
}

/** @throws S3Error `InvalidArgument` for what is no number from 0 to 2,147,483,647 */
export function readPageSize(call: Call, name: string): number {
  return Math.min(readNumber(call, name) ?? MOST_PER_PAGE, MOST_PER_PAGE);
}

/** A parameter that is absent or empty is undefined. */
export function readNumber(call: Call, name: string): number | undefined {
  const text = call.query.get(name);
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= LARGEST_NUMBER) return value;
  const why = /^-?\d+$/.test(text)
    ? `Argument ${name} must be an integer between 0 and ${LARGEST_NUMBER}`
    : `Provided ${name} not an integer or within integer range`;
  throw new S3Error('InvalidArgument', why, {
    detail: { ArgumentName: name, ArgumentValue: text.slice(0, 64) },
  });
}

/** Whether keys are to be percent-encoded: some characters cannot be in XML 1.0 at all. */
export function readEncodingType(call: Call): boolean {
  const type = call.query.get('encoding-type');
  if (type === undefined || type === '') return false;
  if (type === 'url') return true;
  throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
    detail: { ArgumentName: 'encoding-type', ArgumentValue: type.slice(0, 64) },
  });
}
