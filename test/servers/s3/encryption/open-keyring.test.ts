import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MasterKey } from '../../../../src/servers/secrets/master-key.ts';
import type { EncryptionWish } from '../../../../src/servers/s3/encryption/keyring.ts';
import { openKeyring } from '../../../../src/servers/s3/encryption/open-keyring.ts';
import type { EncryptionRecord } from '../../../../src/servers/s3/model/object-version.ts';

const PLACE = { bucket: 'box', key: 'a' };
const CUSTOMER = { key: randomBytes(32), md5: 'abc' };
const S3: EncryptionWish = { kind: 'sse-s3' };
const SSE_C: EncryptionWish = { kind: 'sse-c', customerKey: CUSTOMER };

function keyring(masterKey = randomBytes(32)) {
  return openKeyring({ masterKey: MasterKey.of(masterKey), clock: () => 0, random: randomBytes });
}

function flipped(record: EncryptionRecord): EncryptionRecord {
  if (!('wrappedKey' in record)) throw new Error('no wrapped key');
  const box = Buffer.from(record.wrappedKey, 'base64');
  box[box.length >> 1]! ^= 1;
  return { ...record, wrappedKey: box.toString('base64') };
}

describe('the keyring', () => {
  it('opens what it made, with a fresh key for each object', async () => {
    const ring = keyring();
    const keys = new Set<string>();
    for (const wish of [S3, S3, SSE_C, SSE_C]) {
      const { dataKey, record } = await ring.create(PLACE, wish);
      const opened = await ring.open(PLACE, record, wish.kind === 'sse-c' ? CUSTOMER : undefined);
      expect(opened.bytes).toEqual(dataKey.bytes);
      keys.add(Buffer.from(dataKey.bytes).toString('hex'));
    }
    expect(keys.size).toBe(4);
  });

  it('wipes a key whose owner is done with it', async () => {
    const { dataKey } = await keyring().create(PLACE, S3);
    expect(dataKey.bytes).not.toEqual(new Uint8Array(32));
    dataKey[Symbol.dispose]();
    expect(Buffer.from(dataKey.bytes)).toEqual(Buffer.alloc(32));
  });

  it('does not open a box elsewhere, of another master key, or with a flipped bit', async () => {
    const ring = keyring();
    const { record } = await ring.create(PLACE, S3);
    const wrong = [
      ring.open({ bucket: 'box', key: 'b' }, record, undefined),
      ring.open({ bucket: 'other', key: 'a' }, record, undefined),
      keyring().open(PLACE, record, undefined),
      ring.open(PLACE, flipped(record), undefined),
      ring.open(PLACE, { kind: 'sse-s3', wrappedKey: '' }, undefined),
    ];
    for (const opening of wrong)
      await expect(opening).rejects.toMatchObject({ code: 'InternalError' });
  });

  it('needs the very key of the customer', async () => {
    const ring = keyring();
    const { record } = await ring.create(PLACE, SSE_C);
    const other = { key: randomBytes(32), md5: 'abc' };
    await expect(ring.open(PLACE, record, other)).rejects.toMatchObject({ code: 'AccessDenied' });
    await expect(ring.open(PLACE, record, undefined)).rejects.toMatchObject({
      code: 'InvalidRequest',
    });
    await expect(ring.open(PLACE, flipped(record), CUSTOMER)).rejects.toMatchObject({
      code: 'AccessDenied',
    });
  });

  it('keeps of a customer’s key but a box that the master key does not open', async () => {
    const masterKey = randomBytes(32);
    const { record } = await keyring(masterKey).create(PLACE, SSE_C);
    expect(JSON.stringify(record)).not.toContain(CUSTOMER.key.toString('base64'));
    const posed = { ...record, kind: 'sse-s3' } as EncryptionRecord;
    await expect(keyring(masterKey).open(PLACE, posed, undefined)).rejects.toThrow();
  });

  it('refuses a key of the customer for what has none', async () => {
    const ring = keyring();
    const { record } = await ring.create(PLACE, S3);
    await expect(ring.open(PLACE, record, CUSTOMER)).rejects.toMatchObject({
      code: 'InvalidRequest',
    });
  });

  it('stores nothing for SSE-KMS where there is no KMS', async () => {
    const wish = { kind: 'sse-kms', keyId: 'k', context: {}, bucketKeyEnabled: false } as const;
    await expect(keyring().create(PLACE, wish)).rejects.toMatchObject({
      code: 'KMS.NotFoundException',
    });
  });
});
