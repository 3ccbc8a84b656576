import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { DAY_MS, TestKms } from './test-kms.ts';

const folder = temporaryFolder();
const newKms = (): TestKms => new TestKms(join(mkdtempSync(join(folder, 'kms-')), 'kms.db'));

async function rotations(kms: TestKms, KeyId: string): Promise<unknown> {
  return (await kms.call('ListKeyRotations', { KeyId }))['Rotations'];
}

describe('rotation on schedule', () => {
  it('happens when it is due, not a millisecond before, and again a period later', async () => {
    using kms = newKms();
    const KeyId = await kms.createKey();
    await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    const old = await kms.encrypt(KeyId, 'old');
    kms.advance(90 * DAY_MS - 1);
    expect(await kms.keys.rotateDue(kms.nowMs)).toBe(0);
    kms.advance(1);
    expect(await kms.keys.rotateDue(kms.nowMs)).toBe(1);
    expect(await kms.keys.rotateDue(kms.nowMs)).toBe(0);
    const RotationDate = kms.nowMs / 1000;
    expect(await rotations(kms, KeyId)).toMatchObject([
      { KeyId, RotationType: 'AUTOMATIC', RotationDate, KeyMaterialState: 'CURRENT' },
    ]);
    const status = await kms.call('GetKeyRotationStatus', { KeyId });
    expect(status).toMatchObject({ NextRotationDate: RotationDate + 90 * 86_400 });
    expect(await kms.decrypt(old)).toBe('old');
    expect(await kms.decrypt(await kms.encrypt(KeyId, 'new'))).toBe('new');
  });

  it('happens on use where nobody looked in time, and once for many uses at once', async () => {
    using kms = newKms();
    const KeyId = await kms.createKey();
    await kms.call('EnableKeyRotation', { KeyId });
    kms.advance(1000 * DAY_MS);
    const blobs = await Promise.all(Array.from({ length: 20 }, () => kms.encrypt(KeyId, 'x')));
    expect(kms.keys.find(KeyId, kms.nowMs)?.version).toBe(2);
    const versions = blobs.map((blob) => Buffer.from(blob, 'base64').readUInt32BE(21));
    expect(new Set(versions)).toEqual(new Set([2]));
    await kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
    expect(kms.keys.find(KeyId, kms.nowMs)?.version).toBe(2);
  });

  it('waits while a key is disabled, and is made up for when it is enabled again', async () => {
    using kms = newKms();
    const KeyId = await kms.createKey();
    await kms.call('EnableKeyRotation', { KeyId });
    await kms.call('DisableKey', { KeyId });
    kms.advance(400 * DAY_MS);
    expect(await kms.keys.rotateDue(kms.nowMs)).toBe(0);
    await kms.call('EnableKey', { KeyId });
    expect(await kms.keys.rotateDue(kms.nowMs)).toBe(1);
  });

  it('does not happen while a key is pending deletion', async () => {
    using kms = newKms();
    const KeyId = await kms.createKey();
    await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    kms.advance(80 * DAY_MS);
    await kms.call('ScheduleKeyDeletion', { KeyId });
    kms.advance(20 * DAY_MS);
    expect(await kms.keys.rotateDue(kms.nowMs)).toBe(0);
  });

  it('goes on for hundreds of keys, each once', async () => {
    using kms = newKms();
    const ids = await Promise.all(Array.from({ length: 250 }, () => kms.createKey()));
    await Promise.all(ids.map((KeyId) => kms.call('EnableKeyRotation', { KeyId })));
    kms.advance(365 * DAY_MS);
    expect(await kms.keys.rotateDue(kms.nowMs)).toBe(250);
    expect(ids.map((id) => kms.keys.find(id, kms.nowMs)?.version)).toEqual(ids.map(() => 2));
  });
});
