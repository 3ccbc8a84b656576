/** Who has stolen a write-once key, and tries to do harm with AWS's own tools. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { AwsSession } from './aws-session.ts';
import { AWS, isInstalled, Shell } from './shell.ts';

type Answer = Record<string, never>;

describe.skipIf(!isInstalled(AWS))('aws with a write-once key', { timeout: 120_000 }, () => {
  let s3: TestS3;
  let shell: Shell;
  let owner: AwsSession;
  let thief: AwsSession;
  let version: string;
  let ownersUpload: string;
  const B = ['--bucket', 'vault'];
  const K = [...B, '--key', 'precious'];
  const inDays = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19);
  const retention = (mode: string, days: number): string[] => [
    '--retention',
    `Mode=${mode},RetainUntilDate=${inDays(days)}`,
  ];
  const api = (...argv: string[]): Promise<Answer> => owner.answered('s3api', ...argv);
  const stolen = (...argv: string[]): Promise<Answer> => thief.answered('s3api', ...argv);

  beforeAll(async () => {
    s3 = await startS3();
    shell = Shell.for(s3);
    owner = new AwsSession(shell, s3.url);
    thief = new AwsSession(shell.as(s3, 'write-once'), s3.url);
    shell.file('good', 'precious');
    shell.file('junk', 'junk');
    await api('create-bucket', ...B, '--object-lock-enabled-for-bucket');
    const put = await api('put-object', ...K, '--body', 'good');
    version = String(put['VersionId']);
    await api('put-object-retention', ...K, ...retention('GOVERNANCE', 10));
    await api('create-bucket', '--bucket', 'plain');
    await api('put-object', '--bucket', 'plain', '--key', 'precious', '--body', 'good');
    const begun = await api('create-multipart-upload', ...B, '--key', 'begun');
    ownersUpload = String(begun['UploadId']);
  });
  afterAll(async () => {
    expect(s3.errors).toEqual([]);
    await thief[Symbol.asyncDispose]();
    await owner[Symbol.asyncDispose]();
    shell[Symbol.dispose]();
    await s3.stop();
  });

  /** Everything that is there, and what is in it. */
  async function everything(): Promise<unknown> {
    const kept = [];
    for (const bucket of ['vault', 'plain']) {
      const where = ['--bucket', bucket];
      const { Versions, DeleteMarkers } = await api('list-object-versions', ...where);
      const { Uploads } = await api('list-multipart-uploads', ...where);
      await api('get-object', ...where, '--key', 'precious', 'now');
      const { TagSet } = await api('get-object-tagging', ...where, '--key', 'precious');
      kept.push({ Versions, DeleteMarkers, Uploads, TagSet, body: shell.read('now') });
    }
    const names = ['versioning', 'encryption', 'policy', 'lifecycle-configuration'];
    for (const name of names) kept.push(await owner.run('s3api', `get-bucket-${name}`, ...B));
    const locks = ['get-object-lock-configuration', ...B];
    kept.push(await api(...locks), await api('get-object-retention', ...K));
    return kept;
  }

  test('changes nothing that is there', async () => {
    const before = await everything();
    const encryption = {
      Rules: [
        { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'his' } },
      ],
    };
    const expiry = {
      Rules: [{ ID: 'x', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
    };
    const deny = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::vault/*' },
      ],
    };
    const V = ['--version-id', version];
    const several = { Objects: [{ Key: 'precious' }, { Key: 'precious', VersionId: version }] };
    const attempts: readonly (readonly string[])[] = [
      ['put-object', ...K, '--body', 'junk'],
      ['put-object', '--bucket', 'plain', '--key', 'precious', '--body', 'junk'],
      ['copy-object', ...K, '--copy-source', 'plain/precious'],
      ['delete-object', ...K],
      ['delete-object', ...K, ...V],
      ['delete-object', ...K, ...V, '--bypass-governance-retention'],
      ['delete-object', '--bucket', 'plain', '--key', 'precious'],
      ['put-object-retention', ...K, ...retention('GOVERNANCE', 1)],
      [
        'put-object-retention',
        ...K,
        ...retention('GOVERNANCE', 1),
        '--bypass-governance-retention',
      ],
      ['put-object-legal-hold', ...K, '--legal-hold', 'Status=OFF'],
      ['put-object-tagging', ...K, '--tagging', 'TagSet=[{Key=a,Value=b}]'],
      ['delete-objects', ...B, '--delete', JSON.stringify(several)],
      ['delete-object-tagging', ...K],
      ['abort-multipart-upload', ...B, '--key', 'begun', '--upload-id', ownersUpload],
      ['delete-bucket', '--bucket', 'plain'],
      [
        'put-bucket-lifecycle-configuration',
        ...B,
        '--lifecycle-configuration',
        JSON.stringify(expiry),
      ],
      ['put-bucket-versioning', ...B, '--versioning-configuration', 'Status=Suspended'],
      ['put-bucket-policy', ...B, '--policy', JSON.stringify(deny)],
      ['delete-bucket-policy', ...B],
      [
        'put-bucket-encryption',
        ...B,
        '--server-side-encryption-configuration',
        JSON.stringify(encryption),
      ],
      [
        'put-object-lock-configuration',
        ...B,
        '--object-lock-configuration',
        'ObjectLockEnabled=Enabled',
      ],
    ];
    for (const attempt of attempts) await thief.refused('AccessDenied', 's3api', ...attempt);
    expect(await everything()).toEqual(before);
  });

  test('cannot end an upload onto what is there, nor abort or touch one', async () => {
    const before = await everything();
    await thief.refused('AccessDenied', 's3api', 'create-multipart-upload', ...K);
    const late = [...B, '--key', 'late'];
    const begun = await stolen('create-multipart-upload', ...late);
    const id = ['--upload-id', String(begun['UploadId'])];
    const part = ['--part-number', '1', '--body', 'junk'];
    const { ETag } = await stolen('upload-part', ...late, ...id, ...part);
    // Somebody else is faster.
    await api('put-object', ...late, '--body', 'good');
    const parts = JSON.stringify({ Parts: [{ PartNumber: 1, ETag }] });
    const ending = ['--multipart-upload', parts];
    const refused = (...argv: string[]) => thief.refused('AccessDenied', 's3api', ...argv);
    await refused('complete-multipart-upload', ...late, ...id, ...ending);
    await refused('abort-multipart-upload', ...late, ...id);
    const others = [...B, '--key', 'begun', '--upload-id', ownersUpload];
    await refused('upload-part', ...others, ...part);
    await refused('complete-multipart-upload', ...others, ...ending);
    await api('get-object', ...late, 'late');
    expect(shell.read('late')).toBe('precious');
    await api('abort-multipart-upload', ...late, ...id);
    const added = await api('list-object-versions', ...B, '--prefix', 'late');
    const { VersionId } = (added['Versions'] as unknown as { VersionId: string }[])[0] ?? {};
    await api('delete-object', ...late, '--version-id', String(VersionId));
    expect(await everything()).toEqual(before);
  });

  test('cp, mv, rm and rb of aws s3 add what is new, and nothing else', async () => {
    const before = await everything();
    const aws = (...argv: string[]) => thief.run('s3', ...argv);
    shell.file('many', Buffer.alloc(9 * 1024 * 1024, 'many parts '));
    expect(await aws('cp', 'many', 's3://plain/new', '--no-progress')).toMatchObject({
      exitCode: 0,
    });
    const denied = { exitCode: 1, stderr: expect.stringContaining('AccessDenied') as string };
    expect(await aws('cp', 'many', 's3://plain/new')).toMatchObject(denied);
    expect(await aws('cp', 'junk', 's3://plain/precious')).toMatchObject(denied);
    expect(await aws('cp', 's3://plain/new', 's3://plain/precious')).toMatchObject(denied);
    expect(await aws('rm', 's3://plain/precious')).toMatchObject(denied);
    expect(await aws('rm', '--recursive', 's3://plain')).toMatchObject({ exitCode: 1 });
    expect(await aws('mv', 's3://plain/precious', 'stolen')).toMatchObject({ exitCode: 1 });
    expect(await aws('rb', '--force', 's3://plain')).toMatchObject({ exitCode: 255 });
    await api('get-object', '--bucket', 'plain', '--key', 'new', 'new');
    expect(shell.read('new')).toBe(shell.read('many'));
    await api('delete-object', '--bucket', 'plain', '--key', 'new');
    expect(await everything()).toEqual(before);
  });
});
