import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { DAY_MS, TestKms } from './test-kms.ts';

const folder = temporaryFolder();
const newFile = (): string => join(mkdtempSync(join(folder, 'kms-')), 'kms.db');

/** Whether the bytes lie anywhere in the database or its log. */
function isOnDisk(file: string, bytes: Uint8Array): boolean {
  const files = [file, `${file}-wal`].filter((one) => existsSync(one));
  return files.some((one) => readFileSync(one).includes(Buffer.from(bytes)));
}

function boxes(kms: TestKms, id: string): Uint8Array[] {
  const rows = kms.db.prepare('SELECT box FROM kms_key_version WHERE key_id = ?').all(id);
  return rows.map(({ box }) => Buffer.from(box as Uint8Array));
}

describe('deletion of keys', () => {
  it('happens when it is due, not a millisecond before', async () => {
    using kms = new TestKms(newFile());
    const KeyId = await kms.createKey();
    await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    kms.advance(7 * DAY_MS - 1);
    expect(await kms.keys.deleteDue(kms.nowMs)).toBe(0);
    expect(await kms.describe(KeyId)).toMatchObject({ KeyState: 'PendingDeletion' });
    kms.advance(1);
    expect(await kms.keys.deleteDue(kms.nowMs)).toBe(1);
    expect(await kms.errorOf('DescribeKey', { KeyId })).toBe('NotFoundException');
  });

  it('leaves no bit of the wrapped material on disk, of no version', async () => {
    const file = newFile();
    using kms = new TestKms(file);
    // Neighbours before and after, so that its pages do not simply go away.
    await kms.createKey();
    const KeyId = await kms.createKey();
    await kms.call('RotateKeyOnDemand', { KeyId });
    const other = await kms.createKey();
    const wrapped = boxes(kms, KeyId);
    expect(wrapped.length).toBe(2);
    expect(wrapped.every((box) => isOnDisk(file, box))).toBe(true);
    await kms.call('ScheduleKeyDeletion', { KeyId });
    kms.advance(30 * DAY_MS);
    await kms.keys.deleteDue(kms.nowMs);
    for (const box of wrapped) {
      // Not even a part of it.
      for (let at = 0; at + 16 <= box.length; at += 16) {
        expect(isOnDisk(file, box.subarray(at, at + 16))).toBe(false);
      }
    }
    expect(boxes(kms, other).every((box) => isOnDisk(file, box))).toBe(true);
  });

  it('leaves nothing of keys among hundreds of others, however they were moved', async () => {
    const file = newFile();
    using kms = new TestKms(file);
    const ids: string[] = [];
    for (let i = 0; i < 8; i++) {
      ids.push(...(await Promise.all(Array.from({ length: 100 }, () => kms.createKey()))));
    }
    const gone = ids.filter((_, i) => i % 3 === 0);
    const wrapped = gone.flatMap((id) => boxes(kms, id));
    await Promise.all(gone.map((KeyId) => kms.call('ScheduleKeyDeletion', { KeyId })));
    kms.advance(30 * DAY_MS);
    expect(await kms.keys.deleteDue(kms.nowMs)).toBe(gone.length);
    expect(wrapped.filter((box) => isOnDisk(file, box.subarray(33, 65)))).toEqual([]);
  });

  it('is made good for when somebody who read the database is gone', async () => {
    const file = newFile();
    using kms = new TestKms(file);
    const KeyId = await kms.createKey();
    const [box] = boxes(kms, KeyId);
    await kms.call('ScheduleKeyDeletion', { KeyId });
    kms.advance(30 * DAY_MS);
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('BEGIN; SELECT * FROM kms_key');
    reader.prepare('SELECT count(*) FROM kms_key').get();
    expect(await kms.keys.deleteDue(kms.nowMs)).toBe(1);
    expect(isOnDisk(file, box as Uint8Array)).toBe(true);
    reader.exec('COMMIT');
    reader.close();
    expect(await kms.keys.deleteDue(kms.nowMs)).toBe(0);
    expect(isOnDisk(file, box as Uint8Array)).toBe(false);
  });

  it('is made good for after a crash between deleting and cutting off the log', async () => {
    const file = newFile();
    using crashed = new TestKms(file);
    const KeyId = await crashed.createKey();
    const [box] = boxes(crashed, KeyId);
    await crashed.keys.write(() => {
      crashed.keys.versions.erase(KeyId);
    });
    expect(isOnDisk(file, box as Uint8Array)).toBe(true);
    using again = new TestKms(file);
    await again.keys.deleteDue(again.nowMs);
    expect(isOnDisk(file, box as Uint8Array)).toBe(false);
  });

  it('takes aliases, tags and ciphertexts with it', async () => {
    using kms = new TestKms(newFile());
    const KeyId = await kms.createKey({ Tags: [{ TagKey: 'a', TagValue: 'b' }] });
    const blob = await kms.encrypt(KeyId, 'hello');
    await kms.call('CreateAlias', { AliasName: 'alias/gone', TargetKeyId: KeyId });
    await kms.call('ScheduleKeyDeletion', { KeyId });
    kms.advance(30 * DAY_MS);
    const input = { CiphertextBlob: blob };
    // Also in the minute before somebody sweeps.
    expect(await kms.errorOf('Decrypt', input)).toBe('InvalidCiphertextException');
    expect(await kms.errorOf('CancelKeyDeletion', { KeyId })).toBe('NotFoundException');
    await kms.keys.deleteDue(kms.nowMs);
    expect(await kms.errorOf('Decrypt', input)).toBe('InvalidCiphertextException');
    expect(await kms.errorOf('DescribeKey', { KeyId: 'alias/gone' })).toBe('NotFoundException');
    expect(await kms.call('ListKeys')).toEqual({ Keys: [], Truncated: false });
    expect(await kms.call('ListAliases')).toEqual({ Aliases: [], Truncated: false });
    expect(kms.keys.tags.countOf(KeyId)).toBe(0);
  });

  it('spares a key whose deletion was cancelled while the sweep waited for its turn', async () => {
    using kms = new TestKms(newFile());
    const KeyId = await kms.createKey();
    await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    kms.advance(7 * DAY_MS - 1);
    const cancelled = kms.call('CancelKeyDeletion', { KeyId });
    const swept = kms.keys.deleteDue(kms.nowMs + 1);
    await cancelled;
    expect(await swept).toBe(0);
    expect(await kms.describe(KeyId)).toMatchObject({ KeyState: 'Disabled' });
  });
});
