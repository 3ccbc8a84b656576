import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, presign, sendRaw, sign } from '../../support/raw-s3.ts';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

const DAY_MS = 86_400_000;

let s3: TestS3;
beforeAll(async () => {
  s3 = await startS3();
  await sendRaw(s3, { method: 'PUT', path: '/photos' });
  await sendRaw(s3, { method: 'PUT', path: '/photos/a', body: 'hello' });
});
afterAll(() => s3.stop());

describe('a request', () => {
  test('that is signed is answered', async () => {
    expect(await sendRaw(s3, { path: '/photos/a' })).toMatchObject({ status: 200, text: 'hello' });
  });

  const unsigned: readonly (readonly [method: string, target: string])[] = [
    ['GET', '/'],
    ['GET', '/photos'],
    ['GET', '/photos/a'],
    ['HEAD', '/photos/a'],
    ['PUT', '/photos/b'],
    ['DELETE', '/photos/a'],
    ['POST', '/photos?delete'],
    ['OPTIONS', '/photos/a'],
    ['GET', '/photos/%'],
    ['GET', '/photos?torrent'],
    ['BREW', '/photos'],
  ];
  test.each(unsigned)('without a signature gets nothing: %s %s', async (method, target) => {
    const reply = await exchange(s3, method, target);
    expect(reply.status).toBe(method === 'BREW' ? 400 : 403);
    expect(reply.text).not.toContain('hello');
    if (method !== 'HEAD' && method !== 'BREW') expect(reply.code).toBe('AccessDenied');
  });

  test('signed with a wrong secret is refused', async () => {
    const { accessKeyId } = s3.accessKeys.full.principal;
    const who = { accessKeyId, secretAccessKey: 'wrong' };
    const reply = await sendRaw(s3, { path: '/photos/a', who });
    expect(reply).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(reply.text).not.toContain(s3.accessKeys.full.secret);
  });

  test('of an access key that is not known, or no longer, is refused', async () => {
    const gone = s3.addKey('gone', 'full');
    const who = { accessKeyId: gone.principal.accessKeyId, secretAccessKey: gone.secret };
    expect((await sendRaw(s3, { path: '/photos/a', who })).status).toBe(200);
    s3.server.accessKeys.remove(gone.principal.accessKeyId);
    expect(await sendRaw(s3, { path: '/photos/a', who })).toMatchObject({
      status: 403,
      code: 'InvalidAccessKeyId',
    });
  });

  test.each([-16, 16])('signed %i minutes from now is refused', async (minutes) => {
    const timeMs = Date.now() + minutes * 60_000;
    const reply = await sendRaw(s3, { path: '/photos/a', timeMs });
    expect(reply).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' });
  });

  test('signed for another region is told the right one', async () => {
    const reply = await sendRaw(s3, { path: '/photos/a', region: 'eu-central-1' });
    expect(reply).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' });
    expect(reply.text).toContain('<Region>us-east-1</Region>');
  });

  const changes: readonly (readonly [string, (headers: Record<string, string>) => void])[] = [
    ['another host', (headers) => (headers['host'] = 'elsewhere')],
    ['a header that was not signed', (headers) => (headers['x-amz-acl'] = 'private')],
    ['another hash of the body', (headers) => (headers['x-amz-content-sha256'] = '0'.repeat(64))],
    ['another date', (headers) => (headers['x-amz-date'] = '20200101T000000Z')],
    [
      'no hash of the body',
      (headers) => {
        headers['authorization'] = (headers['authorization'] ?? '').replace(
          'x-amz-content-sha256;',
          '',
        );
        delete headers['x-amz-content-sha256'];
      },
    ],
    ['a session token', (headers) => (headers['x-amz-security-token'] = 'x')],
    ['an authorization that is none', (headers) => (headers['authorization'] = 'AWS4 nonsense')],
    ['a password', (headers) => (headers['authorization'] = 'Basic YWRtaW46cGFzc3dvcmQ=')],
    ['the old signature', (headers) => (headers['authorization'] = 'AWS AKIA:c2lnbmF0dXJl')],
  ];
  test.each(changes)('with %s is refused', async (_, tamper) => {
    const reply = await sendRaw(s3, { path: '/photos/a', tamper });
    expect([400, 403]).toContain(reply.status);
    expect(reply.text).not.toContain('hello');
  });

  test('with another body than was signed is refused, and changes nothing', async () => {
    const headers = await sign(s3, { method: 'PUT', path: '/photos/a', body: 'first' });
    const reply = await exchange(s3, 'PUT', '/photos/a', headers, 'other');
    expect(reply).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' });
    expect((await sendRaw(s3, { path: '/photos/a' })).text).toBe('hello');
  });

  test('replayed for another key or method is refused', async () => {
    const headers = await sign(s3, { path: '/photos/a' });
    expect((await exchange(s3, 'GET', '/photos/b', headers)).code).toBe('SignatureDoesNotMatch');
    expect((await exchange(s3, 'DELETE', '/photos/a', headers)).code).toBe('SignatureDoesNotMatch');
    expect((await exchange(s3, 'GET', '/photos/a?tagging', headers)).code).toBe(
      'SignatureDoesNotMatch',
    );
  });
});

describe('a presigned URL', () => {
  test('is good until it expires', async () => {
    const target = await presign(s3, { path: '/photos/a' }, 60);
    expect(await exchange(s3, 'GET', target)).toMatchObject({ status: 200, text: 'hello' });
    const timeMs = Date.now() - 61_000;
    const old = await presign(s3, { path: '/photos/a', timeMs }, 60);
    const reply = await exchange(s3, 'GET', old);
    expect(reply).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(reply.text).toContain('Request has expired');
  });

  test('is good for a week at most, and not before its time', async () => {
    const long = await presign(s3, { path: '/photos/a' }, 604_800);
    const longer = long.replace('X-Amz-Expires=604800', 'X-Amz-Expires=604801');
    expect((await exchange(s3, 'GET', longer)).code).toBe('AuthorizationQueryParametersError');
    const timeMs = Date.now() + DAY_MS;
    const early = await presign(s3, { path: '/photos/a', timeMs }, 604_800);
    expect((await exchange(s3, 'GET', early)).status).toBe(403);
  });

  test('is good for its method, key and query only', async () => {
    const target = await presign(s3, { path: '/photos/a' }, 60);
    expect((await exchange(s3, 'DELETE', target)).code).toBe('SignatureDoesNotMatch');
    expect((await exchange(s3, 'GET', target.replace('/a?', '/b?'))).code).toBe(
      'SignatureDoesNotMatch',
    );
    expect((await exchange(s3, 'GET', `${target}&versionId=null`)).code).toBe(
      'SignatureDoesNotMatch',
    );
  });

  test('carries headers in its query', async () => {
    const query = { 'x-amz-meta-colour': 'red', 'x-amz-storage-class': 'STANDARD' };
    const target = await presign(s3, { method: 'PUT', path: '/photos/c', query }, 60);
    expect((await exchange(s3, 'PUT', target, {}, 'x')).status).toBe(200);
    const { headers } = await sendRaw(s3, { method: 'HEAD', path: '/photos/c' });
    expect(headers['x-amz-meta-colour']).toBe('red');
  });

  test('and a signed header at once are refused', async () => {
    const target = await presign(s3, { path: '/photos/a' }, 60);
    const headers = await sign(s3, { path: '/photos/a' });
    expect((await exchange(s3, 'GET', target, headers)).status).toBe(400);
  });
});
