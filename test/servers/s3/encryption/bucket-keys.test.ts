import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MasterKey } from '../../../../src/servers/secrets/master-key.ts';
import { BUCKET_KEY_LIFE_MS } from '../../../../src/servers/s3/encryption/bucket-keys.ts';
import type { EncryptionWish } from '../../../../src/servers/s3/encryption/keyring.ts';
import { openKeyring } from '../../../../src/servers/s3/encryption/open-keyring.ts';
import { openKmsClient } from '../../../../src/servers/s3/encryption/open-kms-client.ts';
import { refusal, startWireKms } from './wire-kms.ts';

const WISH = {
  kind: 'sse-kms',
  keyId: 'alias/a',
  context: {},
  bucketKeyEnabled: true,
} as const satisfies EncryptionWish;

const at = (key: string, bucket = 'box') => ({ bucket, key });

/** A KMS that wraps keys by remembering them. */
async function start() {
  const keys = new Map<string, { plain: string; context: string }>();
  const state = { isDisabled: false, nowMs: 1_000_000 };
  const kms = await startWireKms((operation, input) => {
    if (state.isDisabled) return refusal('DisabledException');
    const context = JSON.stringify(input['EncryptionContext']);
    if (operation === 'GenerateDataKey') {
      const blob = randomBytes(12).toString('base64');
      const plain = randomBytes(32).toString('base64');
      keys.set(blob, { plain, context });
      return { status: 200, body: { KeyId: 'arn:1', Plaintext: plain, CiphertextBlob: blob } };
    }
    const kept = keys.get(String(input['CiphertextBlob']));
    if (kept?.context !== context) return refusal('InvalidCiphertextException');
    return { status: 200, body: { KeyId: 'arn:1', Plaintext: kept.plain } };
  });
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  const open = () =>
    openKeyring({
      masterKey: MasterKey.of(Buffer.alloc(32, 1)),
      kms: openKmsClient({ endpoint: kms.endpoint, region: 'r', credentials }),
      clock: () => state.nowMs,
      random: randomBytes,
    });
  return { ...kms, state, open, [Symbol.asyncDispose]: () => kms[Symbol.asyncDispose]() };
}

describe('bucket keys', () => {
  it('cost one request to the KMS for many objects, each with a key of its own', async () => {
    await using kms = await start();
    const ring = kms.open();
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, number) => ring.create(at(`key ${number}`), WISH)),
    );
    for (const [number, { dataKey, record }] of made.entries()) {
      const opened = await ring.open(at(`key ${number}`), record, undefined);
      expect(opened.bytes).toEqual(dataKey.bytes);
    }
    expect(new Set(made.map((one) => Buffer.from(one.dataKey.bytes).toString('hex'))).size).toBe(
      20,
    );
    expect(kms.asked).toHaveLength(1);
    expect(kms.asked[0]?.input).toMatchObject({
      EncryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::box' },
    });
  });

  it('are another for another bucket, context or key', async () => {
    await using kms = await start();
    const ring = kms.open();
    await ring.create(at('a'), WISH);
    await ring.create(at('a', 'other'), WISH);
    await ring.create(at('a'), { ...WISH, context: { team: 'ops' } });
    await ring.create(at('a'), { ...WISH, keyId: 'alias/b' });
    await ring.create(at('a'), WISH);
    expect(kms.asked).toHaveLength(4);
  });

  it('open after a restart with one request for all of them', async () => {
    await using kms = await start();
    const before = kms.open();
    const one = await before.create(at('a'), WISH);
    const two = await before.create(at('b'), WISH);
    kms.asked.length = 0;
    const after = kms.open();
    const [first, second] = await Promise.all([
      after.open(at('a'), one.record, undefined),
      after.open(at('b'), two.record, undefined),
    ]);
    expect(first.bytes).toEqual(one.dataKey.bytes);
    expect(second.bytes).toEqual(two.dataKey.bytes);
    expect(kms.asked.map(({ operation }) => operation)).toEqual(['Decrypt']);
  });

  it('are forgotten after a while: a disabled key is of no use any more', async () => {
    await using kms = await start();
    const ring = kms.open();
    const { record } = await ring.create(at('a'), WISH);
    kms.state.isDisabled = true;
    await ring.open(at('a'), record, undefined);
    kms.state.nowMs += BUCKET_KEY_LIFE_MS;
    const disabled = { code: 'KMS.DisabledException' };
    await expect(ring.open(at('a'), record, undefined)).rejects.toMatchObject(disabled);
    await expect(ring.create(at('b'), WISH)).rejects.toMatchObject(disabled);
  });

  it('do not remember a refusal', async () => {
    await using kms = await start();
    const ring = kms.open();
    kms.state.isDisabled = true;
    await expect(ring.create(at('a'), WISH)).rejects.toThrow();
    kms.state.isDisabled = false;
    await expect(ring.create(at('a'), WISH)).resolves.toBeDefined();
  });

  it('do not open the box of another object of the bucket', async () => {
    await using kms = await start();
    const ring = kms.open();
    const { record } = await ring.create(at('a'), WISH);
    await expect(ring.open(at('b'), record, undefined)).rejects.toMatchObject({
      code: 'InternalError',
    });
    const moved = ring.open(
      at('a'),
      { ...record, context: { 'aws:s3:arn': 'arn:aws:s3:::other' } } as typeof record,
      undefined,
    );
    await expect(moved).rejects.toMatchObject({ code: 'AccessDenied' });
  });
});
