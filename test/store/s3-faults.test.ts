import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { failureOf, listed, sharedBytes, storable } from './contract.ts';
import { LARGE_BYTES, PACK, quick, useStub } from './s3-stub-stores.ts';
import type { Fault, S3Stub, Seen } from './s3-stub.ts';

const { stub: currentStub, plain, retrying } = useStub();
let stub: S3Stub;
beforeEach(() => {
  stub = currentStub();
});

/** Misbehaves on the first `times` requests with this method. */
function first(times: number, method: string, fault: Fault) {
  let left = times;
  return (seen: Seen) => (seen.method === method && left-- > 0 ? fault : undefined);
}

describe('an answer that is an error', () => {
  it.each([
    [404, 'NoSuchKey', 'store/not-found', 'never'],
    [404, 'NoSuchBucket', 'store/no-bucket', 'never'],
    [403, 'AccessDenied', 'store/denied', 'never'],
    [403, 'InvalidAccessKeyId', 'store/denied', 'never'],
    [403, 'SignatureDoesNotMatch', 'store/denied', 'never'],
    [403, 'QuotaExceeded', 'store/full', 'never'],
    [400, 'ExpiredToken', 'store/denied', 'never'],
    [507, undefined, 'store/full', 'never'],
    [412, 'PreconditionFailed', 'store/exists', 'never'],
    [409, 'ConditionalRequestConflict', 'store/unavailable', 'soon'],
    [400, 'InvalidArgument', 'store/rejected', 'never'],
    [501, 'NotImplemented', 'store/rejected', 'never'],
    [400, 'BadDigest', 'store/checksum', 'soon'],
    [400, 'RequestTimeout', 'store/unavailable', 'soon'],
    [429, undefined, 'store/unavailable', 'soon'],
    [503, 'SlowDown', 'store/unavailable', 'soon'],
    [500, undefined, 'store/unavailable', 'soon'],
    [502, undefined, 'store/unavailable', 'soon'],
    [403, undefined, 'store/denied', 'never'],
    [418, undefined, 'store/rejected', 'never'],
  ] as const)('%s %s becomes %s, retry %s', async (status, code, expected, retry) => {
    stub.fault = () => ({ kind: 'error', status, ...(code && { code }) });
    const store = await plain();
    const calls = [store.put('a/b', storable('x')), store.get('a/b')];
    for (const failure of await Promise.all(calls.map(failureOf))) {
      expect(failure).toMatchObject({ code: expected, retry });
      expect(failure.message).toContain('a/b');
      expect(failure.message).toContain('s3://bucket/p');
      expect(failure.message).toContain(`127.0.0.1:${stub.port}`);
      expect(failure.message).toContain(`HTTP ${status}`);
      if (code) expect(failure.message).toContain(code);
      expect(failure.message).not.toContain('Unknown');
    }
  });

  it.each(['<html><h1>Welcome</h1>', 'not xml at all', ''])(
    'that is no S3 at all is told as such (%j)',
    async (body) => {
      stub.fault = () => ({ kind: 'raw', status: 403, body });
      expect(await failureOf((await plain()).get('x'))).toMatchObject({ code: 'store/denied' });
      stub.fault = () => ({ kind: 'raw', status: 503, body });
      expect(await failureOf((await plain()).get('x'))).toMatchObject({ retry: 'soon' });
    },
  );

  it('a page of HTML instead of a listing is not an empty listing', async () => {
    const page = '<html><body><h1>Welcome</h1></body></html>';
    stub.fault = () => ({ kind: 'raw', status: 200, body: page });
    const listing = listed((await plain()).list(''));
    expect((await failureOf(listing)).code).toMatch(/^store\/(config|rejected)$/);
  });

  it('a page of HTML is not a stored object either', async () => {
    stub.fault = () => ({ kind: 'raw', status: 200, body: '<html></html>' });
    const failure = await failureOf((await plain()).put('x', storable('x')));
    expect(failure.code).toMatch(/^store\/(checksum|rejected|not-found)$/);
  });

  it('cannot steer the terminal or make a message endless', async () => {
    const text = `\u009b31m${'a'.repeat(5000)}`;
    stub.fault = () => ({ kind: 'error', status: 400, code: 'Evil&#27;[2J', text });
    const { message } = await failureOf((await plain()).get('x'));
    // eslint-disable-next-line no-control-regex
    expect(message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    expect(message.length).toBeLessThan(500);
  });

  it('names the region where the bucket is', async () => {
    stub.fault = () => ({ kind: 'error', status: 400, code: 'AuthorizationHeaderMalformed' });
    const failure = await failureOf((await plain()).get('x'));
    expect(failure).toMatchObject({ code: 'store/rejected' });
    const body =
      '<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>';
    stub.fault = () => ({ kind: 'raw', status: 400, body });
    const told = await failureOf((await plain()).get('x'));
    expect(told).toMatchObject({ code: 'store/config' });
    expect(told.hint).toContain('--region eu-west-1');
  });

  it('carries no key, neither ours nor that of SSE-C', async () => {
    stub.fault = () => ({ kind: 'error', status: 500 });
    const sseCustomerKey = randomBytes(32);
    const store = await plain({ secretAccessKey: 'very-secret', sseCustomerKey });
    const failure = await failureOf(store.put('x', storable('x')));
    const { inspect } = await import('node:util');
    const all = inspect(failure, { depth: 20, showHidden: true });
    expect(all).not.toContain('very-secret');
    expect(all).not.toContain(sseCustomerKey.toString('base64'));
    expect(all).not.toContain('AWS4-HMAC');
  });
});

describe('what passes is tried again:', () => {
  const passing: [string, Fault][] = [
    ['500 without a word', { kind: 'error', status: 500 }],
    ['503 SlowDown', { kind: 'error', status: 503, code: 'SlowDown' }],
    ['a reset before the answer', { kind: 'reset' }],
    ['a reset within the body', { kind: 'reset-upload' }],
    ['a stall', { kind: 'stall' }],
  ];
  it.each(passing)('a small put after %s', async (_, fault) => {
    stub.fault = first(2, 'PUT', fault);
    const store = await retrying(fault.kind === 'stall' ? { idleTimeoutMs: 500 } : {});
    const body = storable(sharedBytes(200_000));
    await store.put('x', body);
    expect(stub.count('PUT')).toBe(3);
    expect(stub.objects.get('p/x')?.equals(body)).toBe(true);
  });

  it.each(passing)('only the part that failed after %s', async (_, fault) => {
    let left = 2;
    stub.fault = ({ query }) => (query.get('partNumber') === '2' && left-- > 0 ? fault : undefined);
    const store = await retrying(fault.kind === 'stall' ? { idleTimeoutMs: 1000 } : {});
    const body = storable(sharedBytes(LARGE_BYTES));
    await store.put(PACK, body);
    expect(stub.count('PUT')).toBe(6);
    expect(stub.count('POST', 'uploads')).toBe(1);
    expect(stub.objects.get(`p/${PACK}`)?.equals(body)).toBe(true);
  });

  it('a page of a listing, so that nothing is listed twice', async () => {
    for (let n = 0; n < 10; n++) stub.objects.set(`p/k${n}`, Buffer.from('x'));
    let left = 2;
    stub.fault = ({ query }) =>
      query.get('continuation-token') && left-- > 0 ? { kind: 'error', status: 503 } : undefined;
    const keys = (await listed((await retrying()).list(''))).map(({ key }) => key);
    expect(keys).toEqual([...Array(10).keys()].map((n) => `k${n}`));
  });

  it('what is final is not', async () => {
    stub.fault = () => ({ kind: 'error', status: 403, code: 'AccessDenied' });
    const store = await retrying();
    await failureOf(store.put('x', storable('x')));
    await failureOf(store.get('x'));
    expect(stub.seen).toHaveLength(2);
  });

  it('but not for ever', async () => {
    stub.fault = () => ({ kind: 'error', status: 503, code: 'SlowDown' });
    const store = await retrying({}, { ...quick, maxAttempts: 4 });
    const failure = await failureOf(store.get('x'));
    expect(failure.message).toContain('SlowDown');
    expect(stub.seen).toHaveLength(4);
  });

  it('and an interrupt ends it at once', async () => {
    stub.fault = () => ({ kind: 'error', status: 503 });
    const abort = new AbortController();
    const store = await retrying({}, { firstPauseMs: 60_000, longestPauseMs: 60_000 });
    const put = failureOf(store.put('x', storable('x'), { signal: abort.signal }));
    setTimeout(() => abort.abort(), 100);
    const start = performance.now();
    expect(await put).toMatchObject({ code: 'interrupted' });
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('a body that breaks off', () => {
  it.each(['cut', 'stop'] as const)('is continued from where it ended (%s)', async (kind) => {
    const body = randomBytes(3 * MiB);
    stub.objects.set('p/x', body);
    stub.fault = first(2, 'GET', { kind, afterBytes: 700_000 });
    const store = await plain(kind === 'stop' ? { idleTimeoutMs: 500 } : {});
    expect(body.equals(await store.get('x'))).toBe(true);
    const ranges = stub.seen.map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(3);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-3145727$/);
    stub.fault = first(1, 'GET', { kind, afterBytes: 1000 });
    const range = { offset: 5, length: MiB };
    expect(body.subarray(5, 5 + MiB).equals(await store.get('x', { range }))).toBe(true);
  });

  it('is read anew where the object was replaced meanwhile', async () => {
    stub.objects.set('p/x', randomBytes(MiB));
    const later = randomBytes(2 * MiB);
    stub.fault = ({ nth }) => {
      if (nth === 2) stub.objects.set('p/x', later);
      return nth === 1 ? { kind: 'cut', afterBytes: 500_000 } : undefined;
    };
    expect(later.equals(await (await retrying()).get('x'))).toBe(true);
  });

  it('is given up when it always does', async () => {
    stub.objects.set('p/x', randomBytes(MiB));
    stub.fault = () => ({ kind: 'cut', afterBytes: 10 });
    const failure = await failureOf((await plain()).get('x'));
    expect(failure).toMatchObject({ code: 'store/unavailable', retry: 'soon' });
    expect(stub.seen).toHaveLength(6);
  });

  it.each([
    { 'content-range': 'bytes 1-10/1000' },
    { 'content-range': 'bytes 0-8/1000' },
    { 'content-range': 'rubbish' },
  ])('is refused where another range comes than was asked for (%j)', async (headers) => {
    stub.objects.set('p/x', randomBytes(1000));
    stub.fault = () => ({ kind: 'headers', headers });
    const got = (await plain()).get('x', { range: { offset: 0, length: 10 } });
    expect(await failureOf(got)).toMatchObject({ code: 'store/rejected' });
  });

  it('is refused where it claims a size that no object has', async () => {
    stub.objects.set('p/x', Buffer.from('x'));
    stub.fault = () => ({ kind: 'headers', headers: { 'content-length': 2 ** 45 } });
    expect(await failureOf((await plain()).get('x'))).toMatchObject({ code: 'store/rejected' });
  });
});

describe('an upload in parts', () => {
  it('is aborted when a part fails for good, which is what is told', async () => {
    stub.fault = ({ method, query }) => {
      if (query.get('partNumber') === '3') return { kind: 'error', status: 403, code: 'Nope' };
      return method === 'DELETE' ? { kind: 'error', status: 500 } : undefined;
    };
    const failure = await failureOf((await plain()).put(PACK, storable(sharedBytes(LARGE_BYTES))));
    expect(failure).toMatchObject({ code: 'store/denied' });
    expect(failure.message).toContain('upload part 3');
    expect(failure.message).toContain('Nope');
    expect(stub.count('DELETE', 'uploadId')).toBe(1);
    expect(stub.count('POST', 'uploadId')).toBe(0);
    expect(stub.objects.size).toBe(0);
  });

  it('is aborted when it is interrupted, soon, even if the server stalls', async () => {
    stub.fault = ({ query }) => (query.get('partNumber') === '2' ? { kind: 'stall' } : undefined);
    const abort = new AbortController();
    const body = storable(sharedBytes(LARGE_BYTES));
    const put = failureOf((await plain()).put(PACK, body, { signal: abort.signal }));
    setTimeout(() => abort.abort(), 200);
    const start = performance.now();
    expect(await put).toMatchObject({ code: 'interrupted' });
    expect(performance.now() - start).toBeLessThan(1500);
    expect(stub.uploads.size).toBe(0);
    expect(stub.objects.size).toBe(0);
  });

  it('is looked at afterwards: what lost bytes on the way is removed again', async () => {
    stub.fault = ({ method, path, query }) => {
      const parts = stub.uploads.get(query.get('uploadId') ?? '');
      if (method === 'POST' && path.endsWith(PACK)) parts?.delete(2);
      return undefined;
    };
    const failure = await failureOf((await plain()).put(PACK, storable(sharedBytes(LARGE_BYTES))));
    expect(failure).toMatchObject({ code: 'store/checksum', retry: 'soon' });
    expect(stub.objects.size).toBe(0);
  });

  it('that fails after 200 OK has failed', async () => {
    const body = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>';
    stub.fault = first(1, 'POST', { kind: 'error', status: 503 });
    const store = await retrying();
    await store.put(PACK, storable(sharedBytes(LARGE_BYTES)));
    stub.fault = ({ method, query }) =>
      method === 'POST' && query.has('uploadId') ? { kind: 'raw', status: 200, body } : undefined;
    const failure = await failureOf((await plain()).put(PACK, storable(sharedBytes(LARGE_BYTES))));
    expect(failure).toMatchObject({ code: 'store/unavailable', retry: 'soon' });
    expect(stub.count('DELETE', 'uploadId')).toBe(1);
  });
});
