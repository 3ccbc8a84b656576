import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ChunkSignatures, EMPTY_SHA256 } from '../../../src/servers/sigv4/chunk-signature.ts';
import { readClaim } from '../../../src/servers/sigv4/read-claim.ts';
import type { Claim, SignedRequest } from '../../../src/servers/sigv4/signed-request.ts';
import { SigningKeys } from '../../../src/servers/sigv4/signing-key.ts';
import type { SigningKey } from '../../../src/servers/sigv4/signing-key.ts';
import { verifyClaim } from '../../../src/servers/sigv4/verify-claim.ts';
import {
  S3_CHUNKED,
  S3_PRESIGNED,
  S3_REQUESTS,
  S3_SECRET,
  S3_TIME_MS,
  S3_TRAILER,
  SUITE_REQUESTS,
  SUITE_SECRET,
  SUITE_TIME_MS,
} from './known-requests.ts';

const keys = new SigningKeys();

function verifyS3(request: SignedRequest): { claim: Claim; key: SigningKey } {
  const claim = readClaim(request);
  if (!claim) throw new Error('no signature was found');
  const key = verifyClaim(claim, request, {
    secret: S3_SECRET,
    service: 's3',
    region: 'us-east-1',
    nowMs: S3_TIME_MS,
    skewMs: 0,
    pathEncoding: 's3',
    keys,
  });
  return { claim, key };
}

describe('signatures that AWS has published', () => {
  test.each(S3_REQUESTS)('S3: $name', ({ request }) => {
    expect(() => verifyS3(request)).not.toThrow();
    const other = { ...request, method: 'DELETE' };
    expect(() => verifyS3(other)).toThrow('not the one');
  });

  test('S3: a presigned URL', () => {
    expect(verifyS3(S3_PRESIGNED).claim).toMatchObject({
      kind: 'query',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      expiresSeconds: 86_400,
      payloadHash: 'UNSIGNED-PAYLOAD',
    });
  });

  test.each(SUITE_REQUESTS)('test suite: $name', ({ request }) => {
    const claim = readClaim(request);
    if (!claim) throw new Error('no signature was found');
    const options = {
      secret: SUITE_SECRET,
      service: 'service',
      nowMs: SUITE_TIME_MS,
      skewMs: 0,
      pathEncoding: 'plain' as const,
      keys,
    };
    expect(claim.payloadHash).toBe('');
    expect(() => verifyClaim(claim, request, options)).toThrow('x-amz-content-sha256 is missing');
    expect(() => verifyClaim(claim, request, { ...options, bodyHash: EMPTY_SHA256 })).not.toThrow();
    expect(() => verifyClaim(claim, request, { ...options, bodyHash: '0'.repeat(64) })).toThrow(
      'not the one',
    );
  });
});

describe('signatures of chunks', () => {
  const hashes = [65_536, 1024, 0].map((length) => sha256('a'.repeat(length)));

  test('are those of the S3 documentation', () => {
    const { claim, key } = verifyS3(S3_CHUNKED.request);
    const chunks = new ChunkSignatures(key, claim);
    hashes.forEach((hash, i) => chunks.verifyChunk(hash, S3_CHUNKED.signatures[i] ?? ''));
  });

  test('are those of the S3 documentation with a trailer', () => {
    const { claim, key } = verifyS3(S3_TRAILER.request);
    const chunks = new ChunkSignatures(key, claim);
    hashes.forEach((hash, i) => chunks.verifyChunk(hash, S3_TRAILER.signatures[i] ?? ''));
    chunks.verifyTrailer(sha256(S3_TRAILER.trailer), S3_TRAILER.trailerSignature);
    const again = new ChunkSignatures(key, claim);
    expect(() =>
      again.verifyTrailer(sha256(S3_TRAILER.trailer), S3_TRAILER.trailerSignature),
    ).toThrow('chunk is wrong');
  });

  test('show a chunk that was changed, moved, dropped or cut', () => {
    const { claim, key } = verifyS3(S3_CHUNKED.request);
    const [first = '', second = ''] = S3_CHUNKED.signatures;
    const [hash = '', secondHash = ''] = hashes;
    const tries: [string, string][] = [
      [sha256('b'), first],
      [secondHash, second],
      [hash, second],
      [hash, first.slice(1)],
      [hash, ''],
      [hash, first.toUpperCase()],
    ];
    for (const [otherHash, signature] of tries) {
      const chunks = new ChunkSignatures(key, claim);
      expect(() => chunks.verifyChunk(otherHash, signature)).toThrow('chunk is wrong');
    }
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
