import { describe, expect, it } from 'vitest';
import { withDefaultRetention } from '../../../../src/servers/s3/lock/default-retention.ts';
import { parseRetainUntil } from '../../../../src/servers/s3/lock/parse-retain-until.ts';
import type { Bucket } from '../../../../src/servers/s3/model/bucket.ts';
import type { DefaultRetention } from '../../../../src/servers/s3/model/bucket.ts';
import { NO_LOCK } from '../../../../src/servers/s3/model/object-version.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';

const NOW = Date.parse('2028-02-29T10:30:00Z');

describe('the date until which an object is kept', () => {
  it.each([
    ['2028-03-01T00:00:00Z', '2028-03-01T00:00:00.000Z'],
    ['2028-03-01T00:00:00.123456Z', '2028-03-01T00:00:00.123Z'],
    ['2028-03-01T00:00:00+02:00', '2028-02-29T22:00:00.000Z'],
    ['2028-03-01T00:00:00-0230', '2028-03-01T02:30:00.000Z'],
    ['2028-03-01', '2028-03-01T00:00:00.000Z'],
  ])('is read from %s', (text, expected) => {
    expect(new Date(parseRetainUntil(text, NOW)).toISOString()).toBe(expected);
  });

  it.each([
    '',
    'tomorrow',
    '2028-03-01T00:00:00',
    '2028-13-01T00:00:00Z',
    '2028-03-01T25:00:00Z',
    ' 2028-03-01',
    '1867795200',
    'Wed, 01 Mar 2028 00:00:00 GMT',
    // Not in the future, and too far in it.
    '2028-02-29T10:30:00Z',
    '2028-02-28',
    '2130-01-01',
    '9999-12-31T23:59:59Z',
  ])('is not %s', (text) => {
    expect(() => parseRetainUntil(text, NOW)).toThrow(S3Error);
  });
});

describe('the default retention of a bucket', () => {
  const bucket = (defaultRetention: DefaultRetention | undefined): Bucket => ({
    name: 'box',
    createdMs: 0,
    owner: 'me',
    versioning: 'Enabled',
    objectLock: { defaultRetention },
    encryption: undefined,
    policy: undefined,
    lifecycle: undefined,
    tags: undefined,
  });
  const until = (retention: DefaultRetention) => {
    const { mode, retainUntilMs } = withDefaultRetention(NO_LOCK, bucket(retention), NOW);
    return [mode, new Date(retainUntilMs ?? 0).toISOString()];
  };

  it('counts days of 24 hours and years of the calendar', () => {
    expect(until({ mode: 'GOVERNANCE', days: 2 })).toEqual([
      'GOVERNANCE',
      '2028-03-02T10:30:00.000Z',
    ]);
    expect(until({ mode: 'COMPLIANCE', years: 1 })).toEqual([
      'COMPLIANCE',
      '2029-03-01T10:30:00.000Z',
    ]);
  });

  it('yields to what the object brings, and leaves holds alone', () => {
    const asked = { mode: 'GOVERNANCE', retainUntilMs: NOW + 1, isHeld: false } as const;
    const rule = bucket({ mode: 'COMPLIANCE', days: 9 });
    expect(withDefaultRetention(asked, rule, NOW)).toEqual(asked);
    const held = { ...NO_LOCK, isHeld: true };
    expect(withDefaultRetention(held, rule, NOW)).toMatchObject({
      mode: 'COMPLIANCE',
      isHeld: true,
    });
    expect(withDefaultRetention(held, bucket(undefined), NOW)).toBe(held);
  });
});
