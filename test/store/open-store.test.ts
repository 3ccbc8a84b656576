import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { openStore, parseLocation } from '../../src/store/open-store.ts';
import type { S3Config } from '../../src/store/s3/config.ts';
import { openS3Store } from '../../src/store/s3/open-s3-store.ts';
import { failureOf, sharedBytes, storable } from './contract.ts';
import { S3Stub } from './s3-stub.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cybs3-open-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a location', () => {
  it.each([
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://bucket/', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['S3://my.bucket-1/a/b c/', { kind: 's3', bucket: 'my.bucket-1', prefix: 'a/b c' }],
    ['file:///srv/my%20vault', { kind: 'directory', path: '/srv/my vault' }],
    ['/srv/vault', { kind: 'directory', path: '/srv/vault' }],
    ['vault', { kind: 'directory', path: 'vault' }],
    ['./s3:/odd', { kind: 'directory', path: './s3:/odd' }],
    ['C:\\vault', { kind: 'directory', path: 'C:\\vault' }],
    ['~/vault', { kind: 'directory', path: join(homedir(), 'vault') }],
  ])('is understood: %s', (text, location) => {
    expect(parseLocation(text)).toEqual(location);
  });

  it.each([
    '',
    's3://',
    's3:///prefix',
    's3://b',
    's3://bu..cket',
    's3://key:secret@bucket/x',
    's3://bucket//x',
    's3://bucket/../x',
    's3://bucket/a/./x',
    's3://bucket/a\nb',
    `s3://bucket/${'x'.repeat(500)}`,
    'sftp://host/path',
    'https://bucket.s3.amazonaws.com/x',
    'file://host/path',
  ])('is refused, and not repeated: %j', (text) => {
    const refused = expect(() => parseLocation(text));
    refused.toThrow(expect.objectContaining({ code: 'usage' }));
    refused.not.toThrow(expect.objectContaining({ message: expect.stringContaining('secret') }));
  });
});

describe('opening a store', () => {
  it('loads no SDK before a bucket is opened', () => {
    const script = `
      const { registerHooks } = await import('node:module');
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const sdk = () => loaded.some((url) => url.includes('client-s3'));
      const { openStore, parseLocation } = await import(${quoted('open-store.ts')});
      await import(${quoted('s3/open-s3-store.ts')});
      const store = await openStore(parseLocation(${JSON.stringify(folder)}));
      await store.head('x');
      const before = sdk();
      const s3 = { endpoint: 'https://localhost', accessKeyId: 'a', secretAccessKey: 'b' };
      await openStore(parseLocation('s3://bucket'), { s3 });
      console.log(before, sdk());
    `;
    const args = ['--input-type=module', '-e', script];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()).toBe('false true');
  });

  it('gives a directory its limits', async () => {
    const location = parseLocation(join(folder, 'limited'));
    const store = await openStore(location, { limitUploadBytesPerSecond: 4 * MiB });
    const start = performance.now();
    await store.put('x', storable(sharedBytes(MiB)));
    expect(performance.now() - start).toBeGreaterThan(150);
  });

  const base = { bucket: 'bucket', prefix: '', accessKeyId: 'a', secretAccessKey: 'b' };
  it.each<[string, string, Partial<S3Config>]>([
    ['http to another host', 'store/insecure', { endpoint: 'http://s3.example.test' }],
    [
      'http to a host that only looks local',
      'store/insecure',
      { endpoint: 'http://127.0.0.1.a.b' },
    ],
    [
      'the same from the environment',
      'store/insecure',
      { env: { AWS_ENDPOINT_URL: 'http://x.y' } },
    ],
    ['an endpoint with keys in it', 'store/config', { endpoint: 'https://key:secret@host' }],
    ['an endpoint of another kind', 'store/config', { endpoint: 'ftp://host' }],
    ['no endpoint', 'store/config', { endpoint: '' }],
    ['a missing CA file', 'store/config', { caFile: '/no/such/file' }],
    ['a short SSE-C key', 'store/config', { sseCustomerKey: new Uint8Array(31) }],
    ['a KMS key without KMS', 'store/config', { sse: { algorithm: 'AES256', kmsKeyId: 'k' } }],
    ['keys and a profile', 'store/config', { profile: 'work' }],
    ['tiny parts', 'store/config', { partBytes: MiB }],
  ])('refuses %s', async (_, code, more) => {
    const failure = await failureOf(openS3Store({ ...base, ...more }));
    expect(failure.code).toBe(code);
    expect(failure.message).not.toContain('secret@');
  });

  it.each(['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://host', 'host'])(
    'takes %s',
    async (endpoint) => {
      await (await openS3Store({ ...base, endpoint })).close();
    },
  );

  it('refuses half a pair of keys', async () => {
    const half = { bucket: 'bucket', prefix: '', accessKeyId: 'a' };
    expect(await failureOf(openS3Store(half))).toMatchObject({ code: 'store/config' });
  });

  it('refuses a CA file without a certificate', async () => {
    const caFile = join(folder, 'empty.pem');
    await writeFile(caFile, 'nothing');
    expect(await failureOf(openS3Store({ ...base, caFile }))).toMatchObject({
      code: 'store/config',
    });
  });

  it('says how to give credentials where there are none', async () => {
    const script = `
      import { openS3Store } from ${quoted('s3/open-s3-store.ts')};
      const endpoint = 'https://127.0.0.1:1';
      const store = await openS3Store({ bucket: 'bucket', prefix: '', endpoint });
      try { await store.get('x'); } catch (e) { console.log(e.code, e.retry, e.hint, e.message); }
    `;
    const env = { PATH: process.env['PATH'], HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' };
    const args = ['--input-type=module', '-e', script];
    const text = execFileSync(process.execPath, args, { encoding: 'utf8', env });
    expect(text).toMatch(/^store\/denied never set AWS_ACCESS_KEY_ID .*--profile/);
  });

  it('tells a host that does not exist from one that does not answer', async () => {
    const nowhere = await openS3Store({ ...base, endpoint: 'https://no-such-host.invalid' });
    const failure = await failureOf(nowhere.get('x'));
    expect(failure).toMatchObject({ code: 'store/unavailable' });
    expect(failure.message).toContain('no-such-host.invalid');
    const silent = await openS3Store({ ...base, endpoint: 'https://127.0.0.1:1' });
    const refused = await failureOf(silent.get('x'));
    expect(refused).toMatchObject({ code: 'store/unavailable', retry: 'soon' });
    expect(refused.message).toContain('ECONNREFUSED');
  });
});

describe('a proxy', () => {
  it('is used where the environment names one, and not for what it excepts', async () => {
    const proxy = await new S3Stub().start();
    const HTTP_PROXY = `http://127.0.0.1:${proxy.port}`;
    const endpoint = 'http://s3.example.test';
    try {
      const parts = { singlePutBytes: 8 * MiB, partBytes: 8 * MiB };
      const plain = { ...proxy.config(), ...parts, endpoint, insecureHttp: true };
      const config = { ...plain, env: { HTTP_PROXY } };
      const store = await openS3Store(config);
      const body = storable(sharedBytes(9 * MiB));
      await store.put('x', body);
      expect(Buffer.compare(await store.get('x'), body)).toBe(0);
      expect(proxy.seen.length).toBeGreaterThan(3);
      const before = proxy.seen.length;
      const env = { HTTP_PROXY, NO_PROXY: 's3.example.test' };
      const direct = await openS3Store({ ...config, env });
      expect((await failureOf(direct.get('x'))).code).toBe('store/unavailable');
      expect(proxy.seen.length).toBe(before);
      await Promise.all([store.close(), direct.close()]);
    } finally {
      await proxy.stop();
    }
  });
});

/** The address of one of our modules, for a script. */
function quoted(path: string): string {
  return JSON.stringify(new URL(`../../src/store/${path}`, import.meta.url).href);
}
