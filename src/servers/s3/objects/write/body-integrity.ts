/**
 * Whether a client says by what its body can be verified.
 * @module
 */
import type { Call } from '../../protocol/operation.ts';

/**
 * A Content-MD5, or a checksum in a header or a trailer.
 * @param also a signature over the body proves as much
 */
export function isBodyVouchedFor(call: Pick<Call, 'headers'>, also?: 'signed too'): boolean {
  const { headers } = call;
  if (headers['content-md5'] !== undefined || headers['x-amz-trailer'] !== undefined) return true;
  const names = Object.keys(headers).filter((name) => headers[name] !== undefined);
  if (names.some((name) => /^x-amz-checksum-(crc|sha)/.test(name))) return true;
  const hash = headers['x-amz-content-sha256'] ?? '';
  return also !== undefined && /^([0-9a-f]{64}|STREAMING-AWS4-HMAC-SHA256-PAYLOAD.*)$/.test(hash);
}
