import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readClaim } from '../../../src/servers/sigv4/read-claim.ts';
import { SignatureError } from '../../../src/servers/sigv4/signature-error.ts';
import type { SignedRequest } from '../../../src/servers/sigv4/signed-request.ts';
import { SigningKeys } from '../../../src/servers/sigv4/signing-key.ts';
import { verifyClaim } from '../../../src/servers/sigv4/verify-claim.ts';
import type { VerifyOptions } from '../../../src/servers/sigv4/verify-claim.ts';
import { S3_PRESIGNED, S3_REQUESTS, S3_SECRET, S3_TIME_MS } from './known-requests.ts';

const MINUTE_MS = 60_000;
const options: VerifyOptions = {
  secret: S3_SECRET,
  service: 's3',
  region: 'us-east-1',
  nowMs: S3_TIME_MS,
  skewMs: 15 * MINUTE_MS,
  pathEncoding: 's3',
};
const known = S3_REQUESTS[0]?.request as SignedRequest;
const authorization = known.headers.get('authorization') ?? '';

/** Why the request is refused; `undefined` where it is accepted, `unsigned` where it has no signature. */
function verdict(request: SignedRequest, change: Partial<VerifyOptions> = {}): string | undefined {
  try {
    const claim = readClaim(request);
    if (!claim) return 'unsigned';
    verifyClaim(claim, request, { ...options, ...change });
    return undefined;
  } catch (error) {
    if (error instanceof SignatureError) return error.reason;
    throw error;
  }
}

function withHeaders(changes: Readonly<Record<string, string | undefined>>): SignedRequest {
  const headers = new Map(known.headers);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return { ...known, headers };
}

function presigned(from: string | RegExp, to: string): SignedRequest {
  const target = S3_PRESIGNED.target.replace(from, to);
  expect(target).not.toBe(S3_PRESIGNED.target);
  return { ...S3_PRESIGNED, target };
}

describe('a signature in the header', () => {
  test('is accepted as it was made, and a request without one is unsigned', () => {
    expect(verdict(known)).toBeUndefined();
    expect(verdict(withHeaders({ authorization: undefined }))).toBe('unsigned');
  });

  test('does not fit another secret, method, path, query, body or signed header', () => {
    expect(verdict(known, { secret: `${S3_SECRET}x` })).toBe('mismatch');
    expect(verdict({ ...known, method: 'PUT' })).toBe('mismatch');
    expect(verdict({ ...known, target: '/test.txt/' })).toBe('mismatch');
    expect(verdict({ ...known, target: '//test.txt' })).toBe('mismatch');
    expect(verdict({ ...known, target: '/test.txt?acl' })).toBe('mismatch');
    expect(verdict(withHeaders({ host: 'other.s3.amazonaws.com' }))).toBe('mismatch');
    expect(verdict(withHeaders({ range: 'bytes=0-10' }))).toBe('mismatch');
    expect(verdict(withHeaders({ range: undefined }))).toBe('mismatch');
    const hash = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect(verdict(withHeaders(hash))).toBe('mismatch');
  });

  test('must cover the host and every x-amz header that is there', () => {
    expect(verdict(withHeaders({ 'x-amz-acl': 'public-read' }))).toBe('malformed');
    const noHost = authorization.replace('host;', '');
    expect(verdict(withHeaders({ authorization: noHost }))).toBe('malformed');
    expect(verdict(withHeaders({ 'content-type': 'text/plain' }))).toBeUndefined();
  });

  test('holds for as long as clocks may differ, and no longer', () => {
    const at = (minutes: number, ms = 0): string | undefined =>
      verdict(known, { nowMs: S3_TIME_MS + minutes * MINUTE_MS + ms });
    expect(at(15)).toBeUndefined();
    expect(at(-15)).toBeUndefined();
    expect(at(15, 1)).toBe('skewed');
    expect(at(-15, -1)).toBe('skewed');
  });

  test('is for one day, region and service', () => {
    expect(verdict(known, { region: 'eu-central-1' })).toBe('scope');
    expect(verdict(known, { service: 'kms' })).toBe('scope');
    const change = (from: string, to: string): string | undefined =>
      verdict(withHeaders({ authorization: authorization.replace(from, to) }));
    expect(change('20130524/', '20130523/')).toBe('scope');
    expect(change('aws4_request', 'aws5_request')).toBe('scope');
    expect(change('us-east-1', 'us-east-2')).toBe('scope');
  });

  test('is refused where it is of another kind', () => {
    const kinds = [
      'AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=',
      authorization.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
      'Bearer abc',
      'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    ];
    for (const kind of kinds) {
      expect(verdict(withHeaders({ authorization: kind }))).toBe('unsupported');
    }
    const v2 = '/test.txt?AWSAccessKeyId=AKIA&Expires=1&Signature=abc';
    expect(verdict({ ...S3_PRESIGNED, target: v2 })).toBe('unsupported');
  });

  test('is malformed where anything of it is missing, twice or too much', () => {
    const [scheme = '', ...fields] = authorization.split(/[ ,]/);
    for (let i = 0; i < fields.length; i++) {
      const rest = fields.filter((_, j) => j !== i);
      expect(verdict(withHeaders({ authorization: `${scheme} ${rest.join(',')}` }))).toBe(
        'malformed',
      );
      const twice = `${authorization},${fields[i]}`;
      expect(verdict(withHeaders({ authorization: twice }))).toBe('malformed');
    }
    const tries = [
      authorization.replace('20130524/', '2013-5-24/'),
      authorization.replace('host;', 'Host;'),
      authorization.replace('host;', 'host;host;'),
      authorization.replace('host;', `${'x;'.repeat(200)}host;`),
      authorization.replace(/Signature=.*/, 'Signature=ab'),
      authorization.replace(/Signature=f0e8/, 'Signature=F0E8'),
      `${authorization},X=1`,
      `${scheme} ${'a=b,'.repeat(3000)}`,
      `${authorization},${authorization}`,
      scheme,
      '',
    ];
    for (const text of tries) {
      expect(verdict(withHeaders({ authorization: text })), text.slice(0, 80)).toBe('malformed');
    }
    expect(verdict(withHeaders({ authorization: fields.reverse().join(',') }))).toBe('malformed');
  });

  test('needs a date that calendars have', () => {
    for (const date of ['20130524T000000', '20130532T000000Z', '20130524T240000Z', 'now', '']) {
      expect(verdict(withHeaders({ 'x-amz-date': date }))).toBe('malformed');
    }
    expect(verdict(withHeaders({ 'x-amz-date': undefined }))).toBe('malformed');
    const date = 'Fri, 24 May 2013 00:00:00 GMT';
    // Read, but x-amz-date was signed.
    expect(verdict(withHeaders({ 'x-amz-date': undefined, date }))).toBe('mismatch');
  });

  test('is read in no other way whatever bytes it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(), (noise, at) => {
        const cut = at % authorization.length;
        // The name of another access key is one: that nobody has it is found out by who looks it up.
        const name = authorization.indexOf('=') + 1;
        fc.pre(cut < name || cut > authorization.indexOf('/', name));
        const text = authorization.slice(0, cut) + noise + authorization.slice(cut);
        const result = verdict(withHeaders({ authorization: text }));
        const isBlank = /^[ \t]*$/.test(noise);
        expect(result !== undefined || isBlank, JSON.stringify([text, result])).toBe(true);
      }),
      { numRuns: 500 },
    );
    for (let length = 0; length < authorization.length; length++) {
      expect(verdict(withHeaders({ authorization: authorization.slice(0, length) }))).toBeDefined();
    }
  });
});

describe('a presigned URL', () => {
  test('is good until its time is over', () => {
    const after = (seconds: number): string | undefined =>
      verdict(S3_PRESIGNED, { nowMs: S3_TIME_MS + seconds * 1000 });
    expect(after(0)).toBeUndefined();
    expect(after(86_400)).toBeUndefined();
    expect(after(86_401)).toBe('expired');
    expect(after(-15 * 60)).toBeUndefined();
    expect(after(-15 * 60 - 1)).toBe('skewed');
  });

  test('is good for a week at most', () => {
    for (const seconds of ['0', '604801', '-1', '1e3', '', '9999999', ' 1']) {
      const request = presigned('Expires=86400', `Expires=${encodeURIComponent(seconds)}`);
      expect(verdict(request)).toBe('malformed');
    }
    expect(verdict(presigned('Expires=86400', 'Expires=604800'))).toBe('mismatch');
  });

  test('does not fit another path, parameter, header or method', () => {
    expect(verdict(presigned('/test.txt', '/test.tx'))).toBe('mismatch');
    expect(verdict(presigned('&X-Amz-Date', '&versionId=1&X-Amz-Date'))).toBe('mismatch');
    expect(verdict({ ...S3_PRESIGNED, method: 'DELETE' })).toBe('mismatch');
    const headers = new Map([...S3_PRESIGNED.headers, ['x-amz-meta-a', 'b']]);
    expect(verdict({ ...S3_PRESIGNED, headers })).toBe('malformed');
  });

  test('is refused where a part of it is missing or there twice, or a header has one too', () => {
    for (const name of [
      'Algorithm',
      'Credential',
      'Date',
      'Expires',
      'SignedHeaders',
      'Signature',
    ]) {
      const piece = new RegExp(`&?X-Amz-${name}=[^&]*`);
      expect(verdict(presigned(piece, ''))).toBe('malformed');
      const [text = ''] = piece.exec(S3_PRESIGNED.target) ?? [];
      const twice = `${S3_PRESIGNED.target}&${text.replace(/^&/, '')}`;
      expect(verdict({ ...S3_PRESIGNED, target: twice }), name).toBe('malformed');
    }
    const headers = new Map([...S3_PRESIGNED.headers, ['authorization', authorization]]);
    expect(verdict({ ...S3_PRESIGNED, headers })).toBe('malformed');
    const v4a = presigned('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256');
    expect(verdict(v4a)).toBe('unsupported');
  });

  test('is malformed where it has broken escapes or too many parameters', () => {
    expect(verdict(presigned('&X-Amz-Date', '&a=%zz&X-Amz-Date'))).toBe('malformed');
    expect(verdict(presigned('&X-Amz-Date', '&a=%&X-Amz-Date'))).toBe('malformed');
    expect(verdict(presigned('/test.txt', '/test%2.txt'))).toBe('malformed');
    expect(verdict(presigned('&X-Amz-Date', `${'&a=b'.repeat(300)}&X-Amz-Date`))).toBe('malformed');
  });
});

test('signing keys are kept for the last thousand scopes', () => {
  const keys = new SigningKeys();
  const scope = { date: '20130524', region: 'us-east-1', service: 's3' };
  const first = keys.of('first', scope);
  expect(keys.of('first', scope)).toBe(first);
  expect(keys.of('second', scope)).not.toBe(first);
  for (let i = 0; i < 998; i++) keys.of(`${i}`, scope);
  expect(keys.of('first', scope)).toBe(first);
  for (let i = 1000; i < 2000; i++) keys.of(`${i}`, scope);
  expect(keys.of('first', scope)).not.toBe(first);
  expect(keys.of('first', scope).sign('x')).toBe(first.sign('x'));
});
