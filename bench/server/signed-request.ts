/**
 * Requests as bytes, signed once with signature version 4, to be sent as they are: the client of a measurement
 * should cost as little as can be.
 * @module
 */
import { createHash } from 'node:crypto';
import { canonicalParts, canonicalText } from '../../src/servers/sigv4/canonical-request.ts';
import {
  ALGORITHM,
  UNSIGNED_PAYLOAD,
  basicTime,
  scopeOf,
} from '../../src/servers/sigv4/signed-request.ts';
import { SigningKey } from '../../src/servers/sigv4/signing-key.ts';
import type { S3Connection } from '../s3/s3-server.ts';

const SIGNED = ['host', 'x-amz-content-sha256', 'x-amz-date'];

/** The head of a request whose body is not signed. @param path plain characters only */
export function signedHead(
  { endpoint, region, accessKey, secretKey }: S3Connection,
  method: string,
  path: string,
  bodyBytes = 0,
): Buffer {
  const { host } = new URL(endpoint);
  const time = basicTime(Date.now());
  const scope = { date: time.slice(0, 8), region, service: 's3' };
  const headers = new Map([
    ['host', host],
    ['x-amz-content-sha256', UNSIGNED_PAYLOAD],
    ['x-amz-date', time],
  ]);
  const parts = canonicalParts({ method, target: path, headers }, SIGNED, 's3');
  const text = canonicalText(method, path, parts, SIGNED, UNSIGNED_PAYLOAD);
  const hash = createHash('sha256').update(text, 'latin1').digest('hex');
  const key = SigningKey.derive(secretKey, scope);
  const signature = key.sign(`${ALGORITHM}\n${time}\n${scopeOf(scope)}\n${hash}`);
  const credential = `Credential=${accessKey}/${scopeOf(scope)}`;
  const signedHeaders = `SignedHeaders=${SIGNED.join(';')}`;
  const authorization = `${ALGORITHM} ${credential}, ${signedHeaders}, Signature=${signature}`;
  const lines = [`${method} ${path} HTTP/1.1`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  lines.push(`authorization: ${authorization}`, `content-length: ${bodyBytes}`, '', '');
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
