import { createHash, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { Throttle } from '../../src/store/limit.ts';
import { failureOf, sharedBytes, storable } from './contract.ts';
import { LARGE_BYTES, PACK, useStub } from './s3-stub-stores.ts';
import type { S3Stub } from './s3-stub.ts';

const { stub: currentStub, plain } = useStub();
let stub: S3Stub;
beforeEach(() => {
  stub = currentStub();
});

it('signs what goes over plain http to another machine with its hash', async () => {
  const body = storable(sharedBytes(LARGE_BYTES));
  // An address that leads here and does not look like it.
  const endpoint = String(stub.config().endpoint).replace('127.0.0.1', '0.0.0.0');
  await (await plain({ endpoint, insecureHttp: true })).put(PACK, body);
  const last = stub.seen.find(({ query }) => query.get('partNumber') === '4');
  const hash = createHash('sha256').update(body.subarray(-1)).digest('hex');
  expect(last?.headers['x-amz-content-sha256']).toBe(hash);
  for (const { headers } of stub.seen) {
    expect(headers.expect).toBeUndefined();
    expect(headers['x-amz-checksum-mode']).toBeUndefined();
    expect(headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  }
});

it('does not hash what goes to this machine, but for small requests', async () => {
  await (await plain()).put(PACK, storable(sharedBytes(LARGE_BYTES)));
  const sent = stub.seen.map(({ headers }) => headers['x-amz-content-sha256']);
  expect(sent.filter((hash) => hash === 'UNSIGNED-PAYLOAD')).toHaveLength(3);
  for (const hash of sent) expect(hash).toMatch(/^(UNSIGNED-PAYLOAD|[0-9a-f]{64})$/);
});

describe('encryption on the server', () => {
  const kms = { algorithm: 'aws:kms', kmsKeyId: 'wanted', kmsContext: { a: 'b' } } as const;
  const saying = (headers: Record<string, string>) => {
    stub.fault = () => ({ kind: 'headers', headers });
  };
  const AES = { 'x-amz-server-side-encryption': 'AES256' };
  const KMS = { 'x-amz-server-side-encryption': 'aws:kms' };
  const id = 'x-amz-server-side-encryption-aws-kms-key-id';

  it.each([
    ['nothing', {}],
    ['another algorithm', AES],
    ['no key', KMS],
    ['another key', { ...KMS, [id]: 'other' }],
  ])('is refused where the answer says %s', async (_, headers) => {
    saying(headers);
    const store = await plain({ sse: kms });
    const small = await failureOf(store.put('small', storable('x')));
    expect(small).toMatchObject({ code: 'store/sse', retry: 'never' });
    const large = await failureOf(store.put(PACK, storable(sharedBytes(LARGE_BYTES))));
    expect(large).toMatchObject({ code: 'store/sse', retry: 'never' });
    expect(stub.objects.size).toBe(0);
  });

  it.each(['wanted', 'arn:aws:kms:eu-west-1:123:key/wanted'])('is taken with %s', async (key) => {
    saying({ ...KMS, [id]: key });
    const store = await plain({ sse: kms });
    await store.put('small', storable('x'));
    await store.put(PACK, storable(sharedBytes(LARGE_BYTES)));
    const asked = stub.seen.find(({ method }) => method === 'PUT')?.headers ?? {};
    expect(asked['x-amz-server-side-encryption']).toBe('aws:kms');
    expect(asked[id]).toBe('wanted');
    const context = String(asked['x-amz-server-side-encryption-context']);
    expect(Buffer.from(context, 'base64').toString()).toBe('{"a":"b"}');
  });

  it('is refused where AES256 was taken and nothing done', async () => {
    const store = await plain({ sse: { algorithm: 'AES256' } });
    const failure = await failureOf(store.put('small', storable('x')));
    expect(failure).toMatchObject({ code: 'store/sse', retry: 'never' });
    expect(failure.message).toContain('asked for AES256 encryption, the server says none');
    expect(stub.objects.size).toBe(0);
  });

  it('is looked up where only a HEAD tells', async () => {
    stub.fault = ({ method }) =>
      method === 'HEAD' ? { kind: 'headers', headers: AES } : undefined;
    await (await plain({ sse: { algorithm: 'AES256' } })).put('small', storable('x'));
    expect(stub.count('HEAD')).toBe(1);
    expect(stub.objects.size).toBe(1);
  });
});

describe('a limit', () => {
  const elapsed = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };

  it('lets bytes go at its pace, in small steps and not at the end', async () => {
    const limits = { upload: new Throttle({ bytesPerSecond: 12 * MiB }) };
    const store = await plain({ limits });
    const body = storable(sharedBytes(LARGE_BYTES));
    expect(await elapsed(() => store.put(PACK, body))).toBeGreaterThan(1100);
    expect(stub.objects.get(`p/${PACK}`)?.equals(body)).toBe(true);
    const start = stub.arrivals[0]?.at ?? 0;
    let sum = 0;
    for (const { at, bytes } of stub.arrivals) {
      sum += bytes;
      expect(sum).toBeLessThan(12 * MiB * ((at - start) / 1000) + MiB);
    }
  });

  it('slows downloads too, without taking the wait for a stall', async () => {
    const limits = { download: new Throttle({ bytesPerSecond: MiB }) };
    const body = randomBytes(MiB);
    stub.objects.set('p/x', body);
    const store = await plain({ limits, idleTimeoutMs: 50 });
    const ms = await elapsed(async () => expect(body.equals(await store.get('x'))).toBe(true));
    expect(ms).toBeGreaterThan(700);
    expect(stub.seen).toHaveLength(1);
  });
});
