import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { GiB } from '../../../../src/base/units.ts';
import { checkBody } from '../../../../src/servers/s3/body/checked-body.ts';
import { checksumHash } from '../../../../src/servers/s3/body/checksum-hash.ts';
import { readDeclaredBody } from '../../../../src/servers/s3/body/declared-body.ts';
import type { BodyOptions, BodySummary } from '../../../../src/servers/s3/protocol/operation.ts';
import { CHECKSUM_ALGORITHMS } from '../../../../src/servers/s3/model/checksum.ts';
import { chunked, collect, cut } from './pieces.ts';

const PLAIN = Buffer.from('123456789');
const MD5 = createHash('md5').update(PLAIN).digest('base64');
const SHA256 = createHash('sha256').update(PLAIN).digest('hex');
/** Of `123456789`: the check values of the CRC catalogue, and node:crypto's. */
const CHECKSUMS = {
  CRC32: Buffer.from('cbf43926', 'hex').toString('base64'),
  CRC32C: Buffer.from('e3069283', 'hex').toString('base64'),
  CRC64NVME: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
  SHA1: createHash('sha1').update(PLAIN).digest('base64'),
  SHA256: createHash('sha256').update(PLAIN).digest('base64'),
};

interface Sent {
  readonly headers?: Record<string, string>;
  readonly payloadHash?: string;
  readonly body?: Buffer;
  readonly options?: BodyOptions;
}

async function receive({
  headers = {},
  payloadHash = 'UNSIGNED-PAYLOAD',
  body = PLAIN,
  options,
}: Sent): Promise<BodySummary> {
  const all = { 'content-length': String(body.length), ...headers };
  const declared = readDeclaredBody(all, payloadHash);
  const checked = checkBody({ source: cut(body, 4), declared, signatures: undefined }, options);
  expect((await collect(checked)).equals(PLAIN)).toBe(true);
  return checked.summary();
}

const TRAILED = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const trailed = (trailer: string, headers: Record<string, string> = {}): Sent => ({
  payloadHash: TRAILED,
  body: chunked([PLAIN], trailer),
  headers: {
    'x-amz-decoded-content-length': '9',
    'x-amz-trailer': 'x-amz-checksum-crc32',
    ...headers,
  },
});

describe('checksums', () => {
  test.each(CHECKSUM_ALGORITHMS)('%s of what comes in pieces is the known one', async (name) => {
    const hash = checksumHash(name);
    for (const byte of PLAIN) hash.update(Buffer.of(byte));
    expect(await hash.digest()).toBe(CHECKSUMS[name]);
  });

  test.each(CHECKSUM_ALGORITHMS)('%s in a header is verified and given back', async (name) => {
    const header = `x-amz-checksum-${name.toLowerCase()}`;
    const { checksum } = await receive({ headers: { [header]: CHECKSUMS[name] } });
    expect(checksum).toEqual({ algorithm: name, value: CHECKSUMS[name] });
    const wrong = Buffer.from(CHECKSUMS[name], 'base64');
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    const lie = receive({ headers: { [header]: wrong.toString('base64') } });
    await expect(lie).rejects.toMatchObject({ code: 'BadDigest' });
  });

  test('one that nobody sent is computed where it is wanted, and only there', async () => {
    const wanted = await receive({ options: { wantsChecksum: 'CRC64NVME', wantsMd5: true } });
    expect(wanted.checksum?.value).toBe(CHECKSUMS.CRC64NVME);
    expect(wanted.md5).toBe(Buffer.from(MD5, 'base64').toString('hex'));
    expect(await receive({})).toEqual({ sizeBytes: 9, md5: undefined, checksum: undefined });
  });

  test('one in a trailer is verified and given back', async () => {
    const { checksum } = await receive(trailed(`x-amz-checksum-crc32:${CHECKSUMS.CRC32}\r\n`));
    expect(checksum).toEqual({ algorithm: 'CRC32', value: CHECKSUMS.CRC32 });
    const lie = receive(trailed('x-amz-checksum-crc32:AAAAAA==\r\n'));
    await expect(lie).rejects.toMatchObject({ code: 'BadDigest' });
  });

  test('one that was announced and does not come, or is none, is missed', async () => {
    const empty = receive(trailed(''));
    await expect(empty).rejects.toMatchObject({ code: 'MalformedTrailerError' });
    const short = receive(trailed('x-amz-checksum-crc32:AAA=\r\n'));
    await expect(short).rejects.toMatchObject({ code: 'MalformedTrailerError' });
    const other = receive(trailed(`x-amz-checksum-sha1:${CHECKSUMS.SHA1}\r\n`));
    await expect(other).rejects.toMatchObject({ code: 'MalformedTrailerError' });
  });

  const refused: readonly (readonly [what: string, headers: Record<string, string>])[] = [
    ['two at once', { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': CHECKSUMS.SHA1 }],
    ['one of the wrong length', { 'x-amz-checksum-crc32': 'AAAA' }],
    ['one that is not base64', { 'x-amz-checksum-crc32': '!!!!!!==' }],
    ['one announced and not sent', { 'x-amz-sdk-checksum-algorithm': 'CRC32' }],
    [
      'another than announced',
      { 'x-amz-sdk-checksum-algorithm': 'SHA1', 'x-amz-checksum-crc32': CHECKSUMS.CRC32 },
    ],
  ];
  test.each(refused)('%s: refused before the body is read', async (_, headers) => {
    await expect(receive({ headers })).rejects.toMatchObject({ code: 'InvalidRequest' });
  });
});

describe('a body', () => {
  test('fits the SHA-256 that was signed, or is refused', async () => {
    expect((await receive({ payloadHash: SHA256 })).sizeBytes).toBe(9);
    const lie = receive({ payloadHash: createHash('sha256').update('x').digest('hex') });
    await expect(lie).rejects.toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
  });

  test('is hashed once where its SHA-256 is both signed and its checksum', async () => {
    const headers = { 'x-amz-checksum-sha256': CHECKSUMS.SHA256 };
    const { checksum } = await receive({ payloadHash: SHA256, headers });
    expect(checksum).toEqual({ algorithm: 'SHA256', value: CHECKSUMS.SHA256 });
    const wanted = await receive({ payloadHash: SHA256, options: { wantsChecksum: 'SHA256' } });
    expect(wanted.checksum?.value).toBe(CHECKSUMS.SHA256);
    const lie = { 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') };
    const lying = receive({ payloadHash: SHA256, headers: lie });
    await expect(lying).rejects.toMatchObject({ code: 'BadDigest' });
  });

  test('fits its Content-MD5, or is refused', async () => {
    const { md5 } = await receive({ headers: { 'content-md5': MD5 } });
    expect(md5).toBe(Buffer.from(MD5, 'base64').toString('hex'));
    const lie = receive({ headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } });
    await expect(lie).rejects.toMatchObject({ code: 'BadDigest' });
    const none = receive({ headers: { 'content-md5': 'hello' } });
    await expect(none).rejects.toMatchObject({ code: 'InvalidDigest' });
  });

  test('has as many bytes as its length says, or is refused', async () => {
    const short = receive({ headers: { 'content-length': '10' } });
    await expect(short).rejects.toMatchObject({ code: 'IncompleteBody' });
    const long = receive({ headers: { 'content-length': '8' } });
    await expect(long).rejects.toMatchObject({ code: 'IncompleteBody' });
    const trailer = `x-amz-checksum-crc32:${CHECKSUMS.CRC32}\r\n`;
    const decoded = receive(trailed(trailer, { 'x-amz-decoded-content-length': '8' }));
    await expect(decoded).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  test('gives no summary before it was read to its end', async () => {
    const declared = readDeclaredBody({ 'content-length': '9' }, 'UNSIGNED-PAYLOAD');
    const body = checkBody({ source: cut(PLAIN, 4), declared, signatures: undefined });
    expect(() => body.summary()).toThrow('not read to its end');
    await expect(async () => {
      for await (const _ of body) break;
      body.summary();
    }).rejects.toThrow('not read to its end');
  });
});

describe('what headers say of a body', () => {
  const none: readonly string[] = ['', 'hello', SHA256.toUpperCase(), 'STREAMING-AWS4-ECDSA-P256'];
  test.each(none)('a payload hash of %j is refused', (payloadHash) => {
    expect(() => readDeclaredBody({}, payloadHash)).toThrow(/x-amz-content-sha256 must be/);
  });

  test('5 GiB is the most', () => {
    const of = (sizeBytes: number) =>
      readDeclaredBody({ 'content-length': String(sizeBytes) }, 'UNSIGNED-PAYLOAD');
    expect(of(5 * GiB).sizeBytes).toBe(5 * GiB);
    expect(() => of(5 * GiB + 1)).toThrow('maximum allowed object size');
  });

  test.each(['-1', '1e3', '0x10', ' 5', '99999999999999999999'])('a length of %j', (text) => {
    const headers = { 'x-amz-decoded-content-length': text, 'content-length': '100' };
    expect(() => readDeclaredBody(headers, TRAILED)).toThrow(/length|size/);
  });

  test('a body in chunks of aws needs its decoded length where it has one on the wire', () => {
    expect(() => readDeclaredBody({ 'content-length': '100' }, TRAILED)).toThrow(
      expect.objectContaining({ code: 'MissingContentLength' }),
    );
    const unknown = readDeclaredBody({ 'transfer-encoding': 'chunked' }, TRAILED);
    expect(unknown).toMatchObject({ sizeBytes: undefined, isAbsent: false, isChunked: true });
  });
});
