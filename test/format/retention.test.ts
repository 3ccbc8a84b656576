import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../src/base/bytes.ts';
import {
  DEFAULT_RETENTION,
  formatSpan,
  parseSpan,
  retentionToJson,
} from '../../src/format/documents/retention.ts';
import type { RetentionPolicy } from '../../src/format/documents/retention.ts';
import {
  DEFAULT_SETTINGS,
  decodeSettings,
  encodeSettings,
} from '../../src/format/documents/settings.ts';

function saved(retention: unknown): Uint8Array {
  const settings = { ...DEFAULT_SETTINGS, retention };
  return utf8Bytes(JSON.stringify({ sequence: 1, timeMs: 1, ...settings }));
}

describe('a span', () => {
  test.each([
    ['1y5m7d2h', { years: 1, months: 5, days: 7, hours: 2 }],
    ['2h1y', { years: 1, months: 0, days: 0, hours: 2 }],
    ['2w1d', { years: 0, months: 0, days: 15, hours: 0 }],
  ])('%s', (text, span) => {
    expect(parseSpan(text)).toEqual(span);
  });

  test.each(['', '0d', '7', 'd', '7x', '1d1d', '-1d', '1.5d', '7 d', '7D', '1234567d'])(
    "'%s' is none",
    (text) => {
      expect(parseSpan(text)).toBeUndefined();
    },
  );

  test('reads what it writes', () => {
    const part = fc.nat({ max: 9999 });
    const span = fc.record({ years: part, months: part, days: part, hours: part });
    fc.assert(
      fc.property(
        span.filter(({ years, months, days, hours }) => years + months + days + hours > 0),
        (one) => {
          expect(parseSpan(formatSpan(one))).toEqual(one);
        },
      ),
    );
  });
});

describe('a retention policy in the settings', () => {
  const full: RetentionPolicy = {
    counts: { last: 3, yearly: Number.MAX_SAFE_INTEGER },
    within: {
      all: { years: 0, months: 0, days: 14, hours: 3 },
      monthly: { years: 2, months: 0, days: 0, hours: 0 },
    },
    tags: [['a', 'b'], ['c']],
    ids: ['4f2a'],
    groupBy: ['host', 'tags'],
    timeZone: 'Europe/Berlin',
  };

  test.each([[DEFAULT_RETENTION], [full]])('comes back as it was', (retention) => {
    const settings = { ...DEFAULT_SETTINGS, retention };
    const bytes = encodeSettings({ settings, sequence: 4, timeMs: 5 });
    expect(decodeSettings(bytes)).toEqual({ settings, sequence: 4, timeMs: 5 });
  });

  test.each([
    ['of another version', { version: 2 }],
    ['with a rule that nobody knows', { within: { decadely: '10y' } }],
    ['with a span that is none', { within: { daily: 'soon' } }],
    ['that counts to nothing', { counts: { daily: 0 } }],
    ['grouped by what nobody knows', { groupBy: ['colour'] }],
    ['without any rule', { counts: {} }],
    ['with tags that are none', { tags: [['a']] }],
  ])('%s is refused: it might let go what is to be kept', (_name, change) => {
    const bytes = saved({ ...retentionToJson(DEFAULT_RETENTION), ...change });
    expect(() => decodeSettings(bytes)).toThrow(/not as written/);
  });

  test('is not there in settings of vaults that have none', () => {
    const bytes = encodeSettings({ settings: DEFAULT_SETTINGS, sequence: 1, timeMs: 1 });
    expect(decodeSettings(bytes).settings).toEqual(DEFAULT_SETTINGS);
  });
});
