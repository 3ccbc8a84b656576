/** `aws s3api`: what `aws s3` does not ask for. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bucket, startEncrypted } from '../encryption/served/three-kinds.ts';
import type { Encrypted } from '../encryption/served/three-kinds.ts';
import { AwsSession } from './aws-session.ts';
import { AWS, isInstalled, Shell } from './shell.ts';

const timeout = 120_000;

type Answer = Record<string, never>;

describe.skipIf(!isInstalled(AWS)).concurrent('aws s3api', { timeout }, () => {
  let all: Encrypted;
  let shell: Shell;
  beforeAll(async () => {
    all = await startEncrypted();
    shell = Shell.for(all.s3);
  });
  afterAll(async () => {
    expect(all.s3.errors).toEqual([]);
    shell[Symbol.dispose]();
    await all[Symbol.asyncDispose]();
  });

  /** On the bucket that this test is for. */
  function on(bucket: string) {
    const aws = new AwsSession(shell, all.s3.url);
    const where = ['--bucket', bucket];
    return {
      answered: (operation: string, ...argv: string[]) =>
        aws.answered('s3api', operation, ...where, ...argv),
      refused: (code: string, operation: string, ...argv: string[]) =>
        aws.refused(code, 's3api', operation, ...where, ...argv),
      [Symbol.asyncDispose]: () => aws[Symbol.asyncDispose](),
    };
  }

  test('uploads in parts by hand, with a copied one, and lists and aborts', async () => {
    await using aws = on(Bucket);
    const { answered, refused } = aws;
    const five = Buffer.alloc(5 * 1024 * 1024, 'part one ');
    shell.file('one', five);
    shell.file('two', 'the rest');
    const key = ['--key', 'in parts'];
    await answered('put-object', '--key', 'source', '--body', 'two');
    const begun = await answered('create-multipart-upload', ...key);
    const id = ['--upload-id', String(begun['UploadId'])];
    const part = ['--part-number', '1', '--body', 'one'];
    const { ETag: first } = await answered('upload-part', ...key, ...id, ...part);
    const source = ['--part-number', '2', '--copy-source', `${Bucket}/source`];
    const { CopyPartResult: second } = await answered('upload-part-copy', ...key, ...id, ...source);
    const { Uploads } = await answered('list-multipart-uploads');
    expect(Uploads).toMatchObject([{ Key: 'in parts', UploadId: begun['UploadId'] }]);
    const { Parts } = await answered('list-parts', ...key, ...id);
    expect(Parts).toMatchObject([
      { PartNumber: 1, Size: five.length },
      { PartNumber: 2, Size: 8 },
    ]);
    const chosen = [
      { PartNumber: 1, ETag: first },
      { PartNumber: 2, ETag: Object(second)['ETag'] },
    ];
    writeFileSync(shell.in('parts.json'), JSON.stringify({ Parts: chosen }));
    const ending = ['--multipart-upload', 'file://parts.json'];
    const { ETag } = await answered('complete-multipart-upload', ...key, ...id, ...ending);
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    await answered('get-object', ...key, '--range', 'bytes=5242870-', 'tail');
    expect(shell.read('tail')).toBe(`${five.subarray(5_242_870).toString()}the rest`);
    const other = await answered('create-multipart-upload', '--key', 'never');
    const otherId = ['--key', 'never', '--upload-id', String(other['UploadId'])];
    await answered('abort-multipart-upload', ...otherId);
    await refused('NoSuchUpload', 'list-parts', ...otherId);
  });

  test('keeps versions, tags and locks', async () => {
    await using aws = on('versions');
    const { answered, refused } = aws;
    const key = ['--key', 'k'];
    await answered('create-bucket', '--object-lock-enabled-for-bucket');
    expect(await answered('get-bucket-versioning')).toEqual({ Status: 'Enabled' });
    shell.file('v1', 'first');
    shell.file('v2', 'second');
    const v1 = await answered('put-object', ...key, '--body', 'v1', '--tagging', 'a=1&b=2');
    const sum = ['--checksum-algorithm', 'SHA256'];
    const v2 = await answered('put-object', ...key, '--body', 'v2', ...sum);
    const { TagSet } = await answered('get-object-tagging', ...key, '--version-id', id(v1));
    expect(TagSet).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ]);
    await answered('delete-object', ...key);
    const { Versions, DeleteMarkers } = await answered('list-object-versions');
    expect(Versions).toMatchObject([{ VersionId: id(v2) }, { VersionId: id(v1) }]);
    expect(DeleteMarkers).toMatchObject([{ Key: 'k', IsLatest: true }]);
    await answered('get-object', ...key, '--version-id', id(v1), 'old');
    expect(shell.read('old')).toBe('first');
    const kinds = ['--object-attributes', 'Checksum', 'ObjectSize', '--version-id', id(v2)];
    expect(await answered('get-object-attributes', ...key, ...kinds)).toMatchObject({
      ObjectSize: 6,
      Checksum: { ChecksumSHA256: v2['ChecksumSHA256'] },
    });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const retention = ['--retention', `Mode=GOVERNANCE,RetainUntilDate=${until}`];
    await answered('put-object-retention', ...key, '--version-id', id(v1), ...retention);
    await refused('AccessDenied', 'delete-object', ...key, '--version-id', id(v1));
    const hold = ['--legal-hold', 'Status=ON'];
    await answered('put-object-legal-hold', ...key, '--version-id', id(v2), ...hold);
    await refused('AccessDenied', 'delete-object', ...key, '--version-id', id(v2));
    const bypass = ['--version-id', id(v1), '--bypass-governance-retention'];
    await answered('delete-object', ...key, ...bypass);
  });

  test('encrypts with our key, a KMS’s and the customer’s', async () => {
    await using aws = on(Bucket);
    const { answered, refused } = aws;
    shell.file('text', 'sealed');
    const put = (key: string, ...how: string[]) =>
      answered('put-object', '--key', key, '--body', 'text', ...how);
    const kms = ['--server-side-encryption', 'aws:kms', '--ssekms-encryption-context'];
    const context = Buffer.from('{"team":"a"}').toString('base64');
    expect(await put('kms', ...kms, context)).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: all.keyArn,
    });
    const customer = ['--sse-customer-algorithm', 'AES256', '--sse-customer-key', 'k'.repeat(32)];
    expect(await put('customer', ...customer)).toMatchObject({ SSECustomerAlgorithm: 'AES256' });
    expect(await put('ours')).toMatchObject({ ServerSideEncryption: 'AES256' });
    for (const [key, how] of Object.entries({ kms: [], customer, ours: [] })) {
      await answered('get-object', '--key', key, ...how, `got ${key}`);
      expect(shell.read(`got ${key}`)).toBe('sealed');
    }
    await refused('InvalidRequest', 'get-object', '--key', 'customer', 'nothing');
    const wrong = [...customer.slice(0, 3), 'w'.repeat(32)];
    await refused('AccessDenied', 'get-object', '--key', 'customer', ...wrong, 'nothing');
  });

  test('keeps the settings of a bucket as they were given', async () => {
    await using aws = on('settings');
    const { answered, refused } = aws;
    await answered('create-bucket');
    const setting = async (name: string, flag: string, member: string, value: object) => {
      await answered(`put-bucket-${name}`, flag, JSON.stringify(value));
      const got = await answered(`get-bucket-${name}`);
      const kept: unknown = got[member];
      expect(typeof kept === 'string' ? JSON.parse(kept) : { [member]: kept }).toEqual(value);
    };
    const rule = {
      ID: 'tidy',
      Status: 'Enabled',
      Filter: { Prefix: 'tmp/' },
      Expiration: { Days: 3 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    };
    const lifecycle = { Rules: [rule] };
    const deny = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::settings/hidden/*',
        },
      ],
    };
    await Promise.all([
      setting('tagging', '--tagging', 'TagSet', { TagSet: [{ Key: 'team', Value: 'a' }] }),
      setting('policy', '--policy', 'Policy', deny),
      setting('lifecycle-configuration', '--lifecycle-configuration', 'Rules', lifecycle),
    ]);
    const sse = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: all.keyArn };
    const how = { Rules: [{ ApplyServerSideEncryptionByDefault: sse, BucketKeyEnabled: true }] };
    const wanted = JSON.stringify(how);
    const flag = '--server-side-encryption-configuration';
    await answered('put-bucket-encryption', flag, wanted);
    const kept = await answered('get-bucket-encryption');
    expect(kept).toEqual({ ServerSideEncryptionConfiguration: how });
    shell.file('hidden', 'hidden');
    const hidden = ['--key', 'hidden/a'];
    const stored = await answered('put-object', ...hidden, '--body', 'hidden');
    expect(stored).toMatchObject({ SSEKMSKeyId: all.keyArn, BucketKeyEnabled: true });
    await refused('AccessDenied', 'get-object', ...hidden, 'nothing');
  });

  test('is told plainly what is not there', async () => {
    await using aws = on(Bucket);
    const { refused } = aws;
    const csv = ['--expression-type', 'SQL', '--expression', 'select * from s3object'];
    const select = [...csv, '--input-serialization', '{"CSV":{}}', '--output-serialization'];
    const key = ['--key', 'k'];
    await Promise.all([
      refused('NotImplemented', 'select-object-content', ...key, ...select, '{"CSV":{}}', 'out'),
      refused('NotImplemented', 'get-bucket-cors'),
      refused('NotImplemented', 'restore-object', ...key, '--restore-request', 'Days=1'),
      refused('NoSuchKey', 'get-object', '--key', 'nowhere', 'nothing'),
    ]);
  });

  function id(answer: Answer): string {
    return String(answer['VersionId']);
  }
});
