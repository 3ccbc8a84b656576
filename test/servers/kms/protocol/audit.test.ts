import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateRandomCommand,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { AuditLog } from '../../../../src/servers/audit/audit-log.ts';
import { STRANGERS_PER_SECOND, StrangerLog } from '../../../../src/servers/audit/stranger-log.ts';
import { verifyAudit } from '../../../../src/servers/audit/verify-audit.ts';
import { GroupCommit } from '../../../../src/servers/database/group-commit.ts';
import { listen } from '../../../../src/servers/http/listen.ts';
import { AccessKeys } from '../../../../src/servers/kms/access/access-keys.ts';
import { KeyStore } from '../../../../src/servers/kms/keys/key-store.ts';
import { openKmsData } from '../../../../src/servers/kms/open-kms-data.ts';
import { respondAs } from '../../../../src/servers/kms/protocol/respond.ts';
import { MasterKey } from '../../../../src/servers/secrets/master-key.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { REGION, TestKms } from '../../support/start-kms.ts';
import { send, signedPost } from './signed-post.ts';

type Entry = Readonly<Record<string, unknown>>;

function entriesOf(kms: TestKms): Entry[] {
  const lines = readFileSync(kms.auditFile, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Entry);
}

describe('the audit log', () => {
  test('has one line per request: who, what, which key, which context, how it ended', async () => {
    await using kms = await TestKms.start();
    const client = kms.client();
    const { KeyMetadata: first } = await client.send(new CreateKeyCommand({}));
    const { KeyMetadata: second } = await client.send(new CreateKeyCommand({}));
    const AliasName = 'alias/app';
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: first?.KeyId }));
    const EncryptionContext = { app: 'payroll', stage: 'secret-stage' };
    const Plaintext = Buffer.from('secret-plaintext');
    const encrypt = { KeyId: AliasName, Plaintext, EncryptionContext };
    const { CiphertextBlob } = await client.send(new EncryptCommand(encrypt));
    const turned = { stage: 'secret-stage', app: 'payroll' };
    await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: turned }));
    await client.send(
      new ReEncryptCommand({
        CiphertextBlob,
        SourceEncryptionContext: turned,
        DestinationKeyId: second?.KeyId,
      }),
    );
    await client.send(new GenerateRandomCommand({ NumberOfBytes: 8 }));
    const missing = new DescribeKeyCommand({ KeyId: 'alias/missing' });
    await expect(client.send(missing)).rejects.toThrow();
    const narrow = kms.client(kms.addKey({ name: 'narrow', keyIds: [second?.KeyId ?? ''] }));
    await expect(narrow.send(new DecryptCommand({ CiphertextBlob }))).rejects.toThrow();

    const [start, ...entries] = entriesOf(kms);
    expect(start).toMatchObject({ seq: 1, event: 'start', version: 'test' });
    const by = { principal: 'admin', accessKeyId: kms.admin.accessKeyId, remote: '127.0.0.1' };
    const key = first?.Arn;
    expect(entries).toMatchObject([
      { ...by, operation: 'CreateKey', key, outcome: 'ok', status: 200 },
      { ...by, operation: 'CreateKey', key: second?.Arn, outcome: 'ok' },
      { ...by, operation: 'CreateAlias', key, alias: AliasName, outcome: 'ok' },
      { ...by, operation: 'Encrypt', key, outcome: 'ok' },
      { ...by, operation: 'Decrypt', key, outcome: 'ok' },
      { ...by, operation: 'ReEncrypt', key, to: { key: second?.Arn }, outcome: 'ok' },
      { ...by, operation: 'GenerateRandom', outcome: 'ok' },
      { ...by, operation: 'DescribeKey', asked: 'alias/missing', outcome: 'NotFoundException' },
      { principal: 'narrow', operation: 'Decrypt', key, outcome: 'AccessDeniedException' },
    ]);
    const contexts = entries.slice(3, 6).map(({ context }) => context);
    expect(contexts[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(contexts).size).toBe(1);
    const ids = new Set(entries.map(({ id }) => id));
    expect(ids.size).toBe(entries.length);
    expect(JSON.stringify(entries)).not.toMatch(/secret-/);
  });

  test('goes on with its chain when the server comes back', async () => {
    await using kms = await TestKms.start();
    await kms.client().send(new CreateKeyCommand({}));
    await kms.stop();
    await kms.start();
    await kms.client().send(new CreateKeyCommand({}));
    await kms.stop();
    const events = entriesOf(kms).map(({ event }) => event);
    expect(events).toEqual(['start', 'request', 'stop', 'start', 'request', 'stop']);
    expect(await verifyAudit(kms.auditFile)).toMatchObject({ entries: 6 });
  });

  test('counts what strangers send beyond a few, and has all of keys it knows', async () => {
    await using kms = await TestKms.start();
    const stranger = { accessKeyId: 'CYBKAAAAAAAAAAAAAAAA', secret: kms.admin.secret };
    const unknown = await signedPost(kms.url, stranger);
    const unsigned = { ...unknown, headers: { 'content-type': 'text/plain' } };
    const forged = await signedPost(kms.url, { ...kms.admin, secret: 'wrong' });
    const rounds = 3 * STRANGERS_PER_SECOND;
    for (let round = 0; round < rounds; round++) {
      await Promise.all([unknown, unsigned, forged].map((one) => send(kms.url, one)));
    }
    await kms.client().send(new CreateKeyCommand({}));
    await kms.stop();
    const entries = entriesOf(kms);
    const outcomes = entries.map(({ outcome }) => outcome);
    const count = (name: string): number => outcomes.filter((one) => one === name).length;
    expect(count('InvalidSignatureException')).toBe(rounds);
    expect(count('ok')).toBe(1);
    const written =
      count('UnrecognizedClientException') + count('MissingAuthenticationTokenException');
    const counts = entries.filter(({ event }) => event === 'strangers-left-out');
    const leftOut = counts.reduce((sum, entry) => sum + Number(entry['count']), 0);
    expect(written).toBeGreaterThanOrEqual(STRANGERS_PER_SECOND);
    expect(leftOut).toBeGreaterThan(0);
    expect(written + leftOut).toBe(2 * rounds);
    expect(await verifyAudit(kms.auditFile)).toMatchObject({ entries: entries.length });
  });

  test('what cannot be written down is not answered', async () => {
    const folder = temporaryFolder();
    const errors: unknown[] = [];
    using master = MasterKey.of(randomBytes(32));
    const db = openKmsData(folder, master);
    const random = (length: number): Uint8Array => randomBytes(length);
    const audit = await AuditLog.open(join(folder, 'audit.jsonl'), { clock: Date.now });
    await audit.close();
    const place = { region: REGION, account: '000000000000' };
    const commit = new GroupCommit(db);
    using keys = new KeyStore({ db, commit, master, random, ...place });
    const accessKeys = new AccessKeys(db, master);
    const key = accessKeys.add({ name: 'a', operations: [], keyIds: [] }, Date.now(), random);
    const shared = { random, clock: Date.now, onError: (error: unknown) => errors.push(error) };
    const strangers = new StrangerLog(audit, Date.now);
    const logs = { audit, strangers, onEnd: () => undefined };
    const backend = { ...shared, ...place, ...logs, keys, accessKeys };
    const where = { host: '127.0.0.1', port: 0, allowsInsecureHttp: false };
    const server = await listen({ ...where, ...shared }, respondAs(backend));
    const asked = { operation: 'GenerateRandom', body: '{"NumberOfBytes":32}' };
    const answer = await send(server.url, await signedPost(server.url, key, asked));
    await server.close();
    db.close();
    expect([answer.status, answer.type]).toEqual([500, 'KMSInternalException']);
    expect(answer.text).not.toContain('Plaintext');
    expect(errors).toHaveLength(1);
  });
});
