/**
 * `response-content-type=…` and the like: a GET says what headers its answer is to have, mostly in
 * a presigned URL for a browser.
 * @module
 */
import type { Call } from '../../protocol/operation.ts';
import { checkedValue } from '../object-headers.ts';

const HEADER_OF = {
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
  'response-content-language': 'content-language',
  'response-content-type': 'content-type',
  'response-expires': 'expires',
} as const;

export const OVERRIDES: readonly string[] = Object.keys(HEADER_OF);

/** @throws S3Error `InvalidArgument` for what is no header value */
export function responseOverrides(call: Call): Record<string, string> {
  const headers: Record<string, string> = {};
  if (call.query.size === 0) return headers;
  for (const [parameter, header] of Object.entries(HEADER_OF)) {
    const value = call.query.get(parameter);
    if (value !== undefined) headers[header] = checkedValue(parameter, value);
  }
  return headers;
}
