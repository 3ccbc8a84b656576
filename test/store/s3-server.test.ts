import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { openStore } from '../../src/store/open-store.ts';
import { probeConditionalPut } from '../../src/store/probe-conditional-put.ts';
import type { S3Config } from '../../src/store/s3/config.ts';
import { openS3Store } from '../../src/store/s3/open-s3-store.ts';
import { describeObjectStore, failureOf, listed, sharedBytes, storable } from './contract.ts';
import { freshBucket, rgw, rgwConfig, witness, withoutRgw } from './rgw.ts';

const PACK = `data/ab/${'ab'.repeat(16)}`;

describe.skipIf(withoutRgw)('with a real S3 server', () => {
  let bucket: string;
  beforeAll(async () => {
    bucket = await freshBucket();
  });
  /** In small parts, so that the tests need not send so much. */
  const parts = { singlePutBytes: 8 * MiB, partBytes: 8 * MiB };
  const open = (more: Partial<S3Config> = {}) =>
    openS3Store(rgwConfig(bucket, { ...parts, ...more }));

  describeObjectStore(
    'the S3 store over http',
    async () => openS3Store(rgwConfig(await freshBucket(), { conditionalPut: true })),
    { listCount: 1100 },
  );

  describeObjectStore('the S3 store over https, composed with retries', async () =>
    openStore(
      { kind: 's3', bucket: await freshBucket(), prefix: '' },
      { s3: { endpoint: rgw.tlsEndpoint, caFile: rgw.tlsCa, region: 'us-east-1', ...rgw.keys } },
    ),
  );

  it('sends a pack as one request, and one of 48 MiB as three parts', async () => {
    const store = await openS3Store(rgwConfig(bucket));
    await store.put(PACK, storable(sharedBytes(17 * MiB)), { tier: 'data' });
    expect((await headOf(PACK)).ETag).not.toMatch(/-\d+"?$/);
    await store.put(PACK, storable(sharedBytes(48 * MiB)), { tier: 'data' });
    expect((await headOf(PACK)).ETag).toMatch(/-3"?$/);
  });

  it('sends large objects in parts, and a small one as one', async () => {
    const store = await open();
    await store.put(PACK, storable(sharedBytes(32 * MiB)), { tier: 'data' });
    await store.put('small', storable(sharedBytes(8 * MiB)));
    // An ETag that ends in the number of parts is Ceph's and AWS's habit.
    expect((await headOf(PACK)).ETag).toMatch(/-4"?$/);
    expect((await headOf('small')).ETag).not.toMatch(/-\d+"?$/);
  });

  it('puts only data packs into another storage class', async () => {
    const store = await open({ storageClass: 'STANDARD_IA' });
    await store.put('data/cold', storable('x'), { tier: 'data' });
    await store.put(PACK, storable(sharedBytes(9 * MiB)), { tier: 'data' });
    await store.put('index/warm', storable('x'), { tier: 'metadata' });
    await store.put('also-warm', storable('x'));
    expect((await headOf('data/cold')).StorageClass).toBe('STANDARD_IA');
    expect((await headOf(PACK)).StorageClass).toBe('STANDARD_IA');
    expect((await headOf('index/warm')).StorageClass ?? 'STANDARD').toBe('STANDARD');
    expect((await headOf('also-warm')).StorageClass ?? 'STANDARD').toBe('STANDARD');
  });

  it('encrypts with the KMS key asked for, and sees that it did', async () => {
    const sse = { algorithm: 'aws:kms', kmsKeyId: rgw.kmsKeyId } as const;
    const store = await open({ sse });
    const body = storable(sharedBytes(12 * MiB));
    await store.put(PACK, body, { tier: 'data' });
    await store.put('small', storable('small'));
    for (const key of [PACK, 'small']) {
      const head = await headOf(key);
      expect(head.ServerSideEncryption).toBe('aws:kms');
      expect(head.SSEKMSKeyId).toBe(rgw.kmsKeyId);
    }
    expect(Buffer.compare(await store.get(PACK), body)).toBe(0);
  });

  const keptOrRefused = rgw.isOurs ? 'gets AES256' : 'refuses AES256, which Ceph takes and ignores';
  it.each(['small', PACK])(`${keptOrRefused} (%s)`, async (key) => {
    const store = await open({ sse: { algorithm: 'AES256' } });
    const body = storable(sharedBytes(key === PACK ? 9 * MiB : 9));
    if (rgw.isOurs) {
      await store.put(key, body);
      expect((await headOf(key)).ServerSideEncryption).toBe('AES256');
      return;
    }
    const failure = { code: 'store/sse', message: expect.stringContaining('AES256') };
    await expect(store.put(key, body)).rejects.toMatchObject(failure);
    expect(await store.head(key)).toBeUndefined();
  });

  it('names what the server says to a KMS key it does not know', async () => {
    const store = await open({ sse: { algorithm: 'aws:kms', kmsKeyId: 'no-such-key' } });
    const code = rgw.isOurs ? 'store/rejected' : 'store/denied';
    await expect(store.put('x', storable('x'))).rejects.toMatchObject({ code });
  });

  it('keeps objects under a key of the customer, unreadable without it', async () => {
    const sseCustomerKey = randomBytes(32);
    const store = await open({ sseCustomerKey });
    const body = storable(sharedBytes(12 * MiB));
    await store.put(PACK, body);
    await store.put('small', storable('small'));
    expect(Buffer.compare(await store.get(PACK), body)).toBe(0);
    expect((await store.head('small'))?.sizeBytes).toBe(5);
    const other = await open({ sseCustomerKey: randomBytes(32) });
    const code = rgw.isOurs ? 'store/denied' : 'store/rejected';
    await expect(other.get('small')).rejects.toMatchObject({ code });
    await expect((await open()).get('small')).rejects.toMatchObject({ code: 'store/rejected' });
  });

  it('tells a missing bucket from a missing object, and both from a closed door', async () => {
    const missing = await openS3Store(rgwConfig('cybs3-no-such-bucket'));
    const noBucket = { code: 'store/no-bucket' };
    await expect(missing.head('vault.json')).rejects.toMatchObject(noBucket);
    await expect(missing.get('vault.json')).rejects.toMatchObject(noBucket);
    await expect(missing.put('vault.json', storable('x'))).rejects.toMatchObject(noBucket);
    await expect(listed(missing.list(''))).rejects.toMatchObject(noBucket);
    const other = await open(rgw.otherKeys);
    const denied = { code: 'store/denied', message: expect.stringContaining('AccessDenied') };
    await expect(other.get('small')).rejects.toMatchObject(denied);
    await expect(other.put('x', storable('x'))).rejects.toMatchObject(denied);
    const wrong = await open({ secretAccessKey: 'wrong' });
    expect((await failureOf(wrong.get('small'))).message).toMatch(
      /(SignatureDoesNotMatch|AccessDenied), HTTP 403/,
    );
    const nobody = await open({ accessKeyId: 'nobody' });
    expect(await failureOf(nobody.get('small'))).toMatchObject({ code: 'store/denied' });
    expect((await failureOf(nobody.head('small'))).message).toContain('HTTP 403');
  });

  it('never says "UnknownError"', async () => {
    const stores = [await open({ accessKeyId: 'nobody' }), await open({ secretAccessKey: 'x' })];
    for (const store of stores) {
      const tries = [store.get('x'), store.head('x'), store.put('x', storable('x'))];
      const failures = await Promise.all(tries.map(failureOf));
      for (const { message } of failures) expect(message).not.toMatch(/Unknown/);
    }
  });

  it('finds out that conditional puts work', async () => {
    expect(await probeConditionalPut(await open(), randomBytes)).toBe(true);
    expect(await listed((await open({ prefix: 'some/prefix/probe' })).list(''))).toEqual([]);
  });

  it('sweeps uploads of ours that are old, and no others', async () => {
    const client = witness();
    const prefix = 'swept';
    const keys = [...Array(5).keys()].map((n) => `${prefix}/data/0${n}/${`0${n}`.repeat(16)}`);
    const foreign = [`${prefix}/holiday.mov`, `elsewhere/data/00/${'00'.repeat(16)}`];
    for (const Key of [...keys, ...foreign]) {
      const upload = { Bucket: bucket, Key };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
      await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'x' }));
    }
    const store = await open({ prefix });
    expect(await store.sweep(Date.now() - 3_600_000)).toBe(0);
    expect(await store.sweep(Date.now() + 60_000)).toBe(5);
    const left = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect((left.Uploads ?? []).map(({ Key }) => Key ?? '').sort()).toEqual(foreign.sort());
  });

  it('leaves no upload behind when it is interrupted', async () => {
    const prefix = 'interrupted';
    const store = await open({ prefix });
    const body = storable(sharedBytes(64 * MiB));
    for (const afterMs of [0, 5, 30, 60, 90]) {
      const abort = new AbortController();
      const put = store.put(PACK, body, { signal: abort.signal });
      setTimeout(() => abort.abort(), afterMs);
      const start = performance.now();
      await expect(put).rejects.toMatchObject({ code: 'interrupted' });
      expect(performance.now() - start).toBeLessThan(3000);
    }
    expect(await store.head(PACK)).toBeUndefined();
    expect(await store.sweep(Date.now() + 60_000)).toBe(0);
  });

  it('lists names it would never give, as they are', async () => {
    const client = witness();
    const names = ['with space+plus%41', 'ä/ö', '../up', 'tab\tbell\u0007'];
    for (const name of names) {
      const put = { Bucket: bucket, Key: `odd/${name}`, Body: 'x' };
      await client.send(new PutObjectCommand(put));
    }
    const store = await open({ prefix: 'odd' });
    expect((await listed(store.list(''))).map(({ key }) => key).sort()).toEqual(names.sort());
  });

  it('trusts the file of authorities given, and nobody without it', async () => {
    const tls = { endpoint: rgw.tlsEndpoint };
    const trusting = await open({ ...tls, caFile: rgw.tlsCa });
    await trusting.put('tls', storable('x'));
    const careful = await open(tls);
    const refusal = { code: 'store/insecure', hint: expect.stringContaining('--ca-file') };
    await expect(careful.get('tls')).rejects.toMatchObject(refusal);
  });

  it('reaches https through a tunnel of a proxy', async () => {
    let tunnels = 0;
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels++;
      const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const store = await open({ endpoint: rgw.tlsEndpoint, caFile: rgw.tlsCa, env });
    const body = storable(sharedBytes(20 * MiB));
    await store.put(PACK, body);
    expect(Buffer.compare(await store.get(PACK), body)).toBe(0);
    expect(tunnels).toBeGreaterThan(0);
    await store.close();
    proxy.close();
  });

  it('works with checksums where they are wanted', async () => {
    const store = await open({ checksums: 'when-supported' });
    const body = storable(sharedBytes(20 * MiB));
    await store.put(PACK, body);
    await store.put('small', storable('small'));
    expect(Buffer.compare(await store.get(PACK), body)).toBe(0);
  });

  async function headOf(key: string) {
    const client = witness();
    const Key = `some/prefix/${key}`;
    return client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
  }
});
