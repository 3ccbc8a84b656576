import { describe, expect, it } from 'vitest';
import type { ObjectVersion } from '../../src/store/port.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { isRenewalDue, renewLocks } from '../../src/vault/lock/lock-renewal.ts';
import { changeOf, isVaultKey } from '../../src/vault/lock/object-history.ts';

const DAY_MS = 86_400_000;
const lock = { mode: 'compliance', days: 10 } as const;

describe('a renewal of locks', () => {
  it.each([
    ['nobody knows of one before', undefined, true],
    ['more than half of the time is left', 5.1, false],
    ['all of the time is left', 10, false],
    ['less than half is left', 4.9, true],
    ['the locks have ended', -3, true],
    ['the last one was told by a clock that was wrong', 400, true],
  ])('where %s', (_, daysLeft, due) => {
    const nowMs = 1_800_000_000_000;
    const lastUntilMs = daysLeft === undefined ? undefined : nowMs + daysLeft * DAY_MS;
    expect(isRenewalDue(lock, lastUntilMs, nowMs)).toBe(due);
  });

  it('is refused where nothing can be locked', async () => {
    const renewal = renewLocks({ store: new MemoryStore() }, () => true);
    await expect(renewal).rejects.toMatchObject({ code: 'store/config' });
  });
});

describe('the history of an object', () => {
  const version = (versionId: string, more: Partial<ObjectVersion> = {}): ObjectVersion => ({
    key: 'vault.json',
    versionId,
    isDeleteMarker: false,
    sizeBytes: 5,
    etag: 'a',
    ...more,
  });
  const first = version('1');

  it.each([
    ['is sound where there is nothing else', version('1'), undefined],
    ['is sound where the same was written once more', version('2'), undefined],
    ['shows a delete marker', version('2', { isDeleteMarker: true, sizeBytes: 0 }), 'hidden'],
    ['shows other bytes', version('2', { etag: 'b' }), 'replaced'],
    ['shows another size', version('2', { sizeBytes: 6 }), 'replaced'],
  ])('%s', (_, current, change) => {
    expect(changeOf({ key: 'vault.json', first, current, others: [] })).toBe(change);
  });

  it('does not take what has no tag for the same', () => {
    const { etag: _, ...bare } = version('1');
    const current = { ...bare, versionId: '2' };
    expect(changeOf({ key: 'vault.json', first: bare, current, others: [] })).toBe('replaced');
  });

  it.each([
    ['vault.json', true],
    [`keys/${'a'.repeat(32)}.json`, true],
    [`index/${'0'.repeat(32)}`, true],
    [`data/ab/ab${'0'.repeat(30)}`, true],
    [`data/ac/ab${'0'.repeat(30)}`, false],
    [`data/${'0'.repeat(32)}`, false],
    [`index/${'0'.repeat(31)}`, false],
    ['probe/x', false],
    ['holiday.mov', false],
  ])('knows whether %s can be ours', (key, isOurs) => {
    expect(isVaultKey(key)).toBe(isOurs);
  });
});
