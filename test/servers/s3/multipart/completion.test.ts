import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_LOCK } from '../../../../src/servers/s3/model/object-version.ts';
import type { Upload, UploadedPart } from '../../../../src/servers/s3/model/upload.ts';
import {
  assertClaims,
  readObjectClaims,
} from '../../../../src/servers/s3/multipart/checksums/object-claims.ts';
import { objectChecksum } from '../../../../src/servers/s3/multipart/checksums/object-checksum.ts';
import { readChecksumWish } from '../../../../src/servers/s3/multipart/checksums/checksum-wish.ts';
import { chooseParts } from '../../../../src/servers/s3/multipart/completion/choose-parts.ts';
import { objectEtag } from '../../../../src/servers/s3/multipart/completion/object-etag.ts';
import { readCompletion } from '../../../../src/servers/s3/multipart/completion/read-completion.ts';
import { readCopySourceRange } from '../../../../src/servers/s3/multipart/parts/source-range.ts';
import { parsePartNumber } from '../../../../src/servers/s3/multipart/parts/read-part-number.ts';
import type { Call } from '../../../../src/servers/s3/protocol/operation.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';

const MiB = 2 ** 20;
const ETAG = 'd41d8cd98f00b204e9800998ecf8427e';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

function documentOf(...parts: readonly string[]): Buffer {
  const inner = parts.map((one) => `<Part>${one}</Part>`).join('');
  const root = 'CompleteMultipartUpload';
  const uri = 'http://s3.amazonaws.com/doc/2006-03-01/';
  return Buffer.from(`<?xml version="1.0"?><${root} xmlns="${uri}">${inner}</${root}>`);
}

function partText(number: number | string, etag = `"${ETAG}"`, rest = ''): string {
  return `<PartNumber>${number}</PartNumber><ETag>${etag}</ETag>${rest}`;
}

describe('the document that completes an upload', () => {
  it('names parts, with ETags in quotes of any kind or none', () => {
    const document = documentOf(
      partText(1),
      partText(2, `&quot;${ETAG}&quot;`, '<ChecksumCRC32>AAAAAA==</ChecksumCRC32>'),
      partText(10_000, ETAG),
    );
    expect(readCompletion(document)).toEqual([
      { number: 1, etag: ETAG, checksums: [] },
      { number: 2, etag: ETAG, checksums: [{ algorithm: 'CRC32', value: 'AAAAAA==' }] },
      { number: 10_000, etag: ETAG, checksums: [] },
    ]);
  });

  it('is refused where numbers do not ascend', () => {
    for (const numbers of [
      [2, 1],
      [1, 1],
      [1, 3, 2],
    ]) {
      const document = documentOf(...numbers.map((number) => partText(number)));
      expect(codeOf(() => readCompletion(document))).toBe('InvalidPartOrder');
    }
  });

  it('is refused where it is not what it has to be', () => {
    const wrong = [
      documentOf(),
      documentOf('<PartNumber>1</PartNumber>'),
      documentOf(`<ETag>${ETAG}</ETag>`),
      ...['0', '-1', '10001', '1.0', '1e3', 'one', '', '0x1'].map((n) => documentOf(partText(n))),
      documentOf(partText(1) + partText(1)),
      documentOf('<PartNumber><b/>1</PartNumber><ETag/>'),
      documentOf(...Array.from({ length: 10_001 }, (_, at) => partText(Math.min(at + 1, 10_000)))),
      Buffer.from('<CompleteMultipartUpload/>'),
      Buffer.from('<Delete><Part/></Delete>'),
      Buffer.from(''),
    ];
    for (const document of wrong) {
      expect(codeOf(() => readCompletion(document))).toBe('MalformedXML');
    }
  });

  it('is refused where it was cut, at every length, and where it is garbage', () => {
    const document = documentOf(partText(1), partText(2));
    for (let length = 0; length < document.length; length++) {
      expect(codeOf(() => readCompletion(document.subarray(0, length)))).toBe('MalformedXML');
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(codeOf(() => readCompletion(bytes))).toBe('MalformedXML');
      }),
    );
  });

  it('of ten thousand parts with checksums is read in a moment', () => {
    const sha = '<ChecksumSHA256>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ChecksumSHA256>';
    const parts = Array.from({ length: 10_000 }, (_, at) => partText(at + 1, `"${ETAG}"`, sha));
    const document = documentOf(...parts);
    const start = process.cpuUsage();
    expect(readCompletion(document)).toHaveLength(10_000);
    expect(process.cpuUsage(start).user).toBeLessThan(1_500_000);
  });
});

const UPLOAD: Upload = {
  id: '00'.repeat(16),
  bucket: 'bucket',
  key: 'key',
  startedMs: 0,
  owner: 'owner',
  headers: {},
  metadata: {},
  tags: {},
  encryption: { kind: 'none' },
  lock: NO_LOCK,
  checksum: undefined,
};

function stored(number: number, sizeBytes: number, checksum?: string): UploadedPart {
  const id = number.toString(16).padStart(32, '0');
  return {
    uploadId: UPLOAD.id,
    number,
    sizeBytes,
    etag: createHash('md5').update(id).digest('hex'),
    checksum,
    modifiedMs: 0,
    extent: { id, sizeBytes, storedBytes: sizeBytes, crc32: 0, isInline: false },
  };
}

const claim = ({ number, etag }: UploadedPart) => ({ number, etag, checksums: [] });

describe('the parts that an object is made of', () => {
  const parts = [stored(1, 5 * MiB), stored(3, 6 * MiB), stored(7, 1)];

  it('are those that are named, in their order', () => {
    expect(chooseParts(UPLOAD, parts.map(claim), parts)).toEqual(parts);
    const some = [parts[0], parts[2]].flatMap((one) => one ?? []);
    expect(chooseParts(UPLOAD, some.map(claim), parts)).toEqual(some);
  });

  it('are refused where one is missing or is another', () => {
    const [first = stored(1, 1)] = parts;
    const missing = [{ number: 2, etag: first.etag, checksums: [] }];
    expect(codeOf(() => chooseParts(UPLOAD, missing, parts))).toBe('InvalidPart');
    const other = [{ number: 1, etag: ETAG, checksums: [] }];
    expect(codeOf(() => chooseParts(UPLOAD, other, parts))).toBe('InvalidPart');
  });

  it('are refused where one but the last has less than 5 MiB', () => {
    const small = [stored(1, 5 * MiB - 1), stored(2, 5 * MiB)];
    expect(codeOf(() => chooseParts(UPLOAD, small.map(claim), small))).toBe('EntityTooSmall');
    const only = [stored(1, 0)];
    expect(chooseParts(UPLOAD, only.map(claim), only)).toEqual(only);
  });

  it('are refused where a checksum is another, or of another algorithm', () => {
    const upload: Upload = { ...UPLOAD, checksum: { algorithm: 'CRC32', type: 'COMPOSITE' } };
    const part = stored(1, 1, 'AAAAAA==');
    const choose = (algorithm: 'CRC32' | 'SHA1', value: string, of = upload) =>
      chooseParts(of, [{ ...claim(part), checksums: [{ algorithm, value }] }], [part]);
    expect(choose('CRC32', 'AAAAAA==')).toEqual([part]);
    expect(codeOf(() => choose('CRC32', 'AAAAAQ=='))).toBe('InvalidPart');
    expect(codeOf(() => choose('SHA1', 'AAAAAA=='))).toBe('InvalidRequest');
    expect(codeOf(() => choose('CRC32', 'AAAAAA==', UPLOAD))).toBe('InvalidRequest');
  });

  it('give the ETag that AWS gives', () => {
    // Source: md5 of the two MD5s, as `md5sum` and `xxd` make it.
    const joined = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')));
    const expected = createHash('md5').update(joined).digest('hex');
    expect(objectEtag(parts)).toBe(`${expected}-3`);
  });
});

describe('the checksum of an object in parts', () => {
  // Source: an answer of AWS to three parts of 5, 5 and 1 MiB, as seen by others.
  const SEEN = [
    'lcKa6Boe7a167tUCN5C4OaFygGSYD8MBnBARTrdL+1w=',
    'gHjhbUT4oo2tSCtSZJdlKi+jeNXJT+VImqdPXsXvkOc=',
    '4l9PQ3zOPZ0oGFvknFX+J4zZwE4WMzO+l3r8XrbWOeM=',
  ];

  it('is, composite, that of the parts’ checksums, as AWS has it', () => {
    const parts = SEEN.map((checksum, at) => stored(at + 1, 5 * MiB, checksum));
    expect(objectChecksum({ algorithm: 'SHA256', type: 'COMPOSITE' }, parts)).toEqual({
      algorithm: 'SHA256',
      type: 'COMPOSITE',
      value: 'rVWtNbadtsaKXJAcgWPWjifHzJaXde/iV4jaJAOdivc=-3',
    });
  });

  it('is none where none was asked for', () => {
    expect(objectChecksum(undefined, [stored(1, 1)])).toBeUndefined();
  });
});

/** As much of a request as readers of headers look at. */
function request(headers: Record<string, string>): Call {
  return { headers } as unknown as Call;
}

describe('the checksum that an upload asks for', () => {
  const wish = (algorithm?: string, type?: string) =>
    readChecksumWish(
      request({
        ...(algorithm !== undefined && { 'x-amz-checksum-algorithm': algorithm }),
        ...(type !== undefined && { 'x-amz-checksum-type': type }),
      }),
    );

  it('is composite, but for the algorithm that cannot be', () => {
    expect(wish()).toBeUndefined();
    expect(wish('CRC32')).toEqual({ algorithm: 'CRC32', type: 'COMPOSITE' });
    expect(wish('sha256')).toEqual({ algorithm: 'SHA256', type: 'COMPOSITE' });
    expect(wish('CRC64NVME')).toEqual({ algorithm: 'CRC64NVME', type: 'FULL_OBJECT' });
    expect(wish('CRC32C', 'FULL_OBJECT')).toEqual({ algorithm: 'CRC32C', type: 'FULL_OBJECT' });
  });

  it('is refused where it cannot be made', () => {
    for (const [algorithm, type] of [
      ['MD5'],
      ['SHA1', 'FULL_OBJECT'],
      ['SHA256', 'FULL_OBJECT'],
      ['CRC64NVME', 'COMPOSITE'],
      ['CRC32', 'HALF'],
      [undefined, 'FULL_OBJECT'],
    ]) {
      expect(codeOf(() => wish(algorithm, type))).toBe('InvalidRequest');
    }
  });
});

describe('what a client says of the whole object', () => {
  const object = {
    sizeBytes: 11,
    checksum: { algorithm: 'CRC32', type: 'COMPOSITE', value: 'AAAAAA==-3' },
  } as const;
  const say = (headers: Record<string, string>, of: Parameters<typeof assertClaims>[1] = object) =>
    codeOf(() => assertClaims(readObjectClaims(request(headers)), of));

  it('holds', () => {
    const holds = 'nothing was thrown';
    expect(say({})).toBe(holds);
    expect(say({ 'x-amz-mp-object-size': '11' })).toBe(holds);
    expect(say({ 'x-amz-checksum-type': 'COMPOSITE' })).toBe(holds);
    expect(say({ 'x-amz-checksum-crc32': 'AAAAAA==-3' })).toBe(holds);
    expect(say({ 'x-amz-checksum-crc32': 'AAAAAA==' })).toBe(holds);
  });

  it('does not hold', () => {
    expect(say({ 'x-amz-mp-object-size': '12' })).toBe('InvalidRequest');
    expect(say({ 'x-amz-mp-object-size': '-1' })).toBe('InvalidRequest');
    expect(say({ 'x-amz-checksum-type': 'FULL_OBJECT' })).toBe('InvalidRequest');
    expect(say({ 'x-amz-checksum-crc32': 'AAAAAQ==' })).toBe('BadDigest');
    expect(say({ 'x-amz-checksum-crc32': 'AAAAAA==-4' })).toBe('BadDigest');
    expect(say({ 'x-amz-checksum-sha1': 'AAAAAA==' })).toBe('InvalidRequest');
    const plain = { sizeBytes: 11, checksum: undefined };
    expect(say({ 'x-amz-checksum-crc32': 'AAAAAA==' }, plain)).toBe('InvalidRequest');
  });
});

describe('the stretch of a source that becomes a part', () => {
  it('has both ends, inside the object', () => {
    expect(readCopySourceRange(undefined, 10)).toEqual({ start: 0, end: 10 });
    expect(readCopySourceRange('bytes=0-9', 10)).toEqual({ start: 0, end: 10 });
    expect(readCopySourceRange('bytes=3-3', 10)).toEqual({ start: 3, end: 4 });
  });

  it('is refused where it is anything else', () => {
    for (const text of [
      'bytes=0-10',
      'bytes=10-10',
      'bytes=3-2',
      'bytes=-3',
      'bytes=3-',
      'bytes=0-1,3-4',
      '0-1',
      'bytes=a-b',
      '',
    ]) {
      expect(codeOf(() => readCopySourceRange(text, 10))).toBe('InvalidArgument');
    }
  });
});

describe('numbers of parts', () => {
  it('are 1 to 10,000', () => {
    expect(['1', '007', '10000'].map(parsePartNumber)).toEqual([1, 7, 10_000]);
    for (const text of ['', '0', '10001', '-1', '1.5', ' 1', '1e2', '100000000000000000000']) {
      expect(parsePartNumber(text)).toBeUndefined();
    }
  });
});
