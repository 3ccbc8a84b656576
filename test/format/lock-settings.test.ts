import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../src/base/bytes.ts';
import {
  DEFAULT_SETTINGS,
  decodeSettings,
  encodeSettings,
} from '../../src/format/documents/settings.ts';

describe('the lock in the settings', () => {
  it.each([
    { mode: 'governance', days: 1 },
    { mode: 'compliance', days: 36_500 },
  ] as const)('comes back as it was saved (%o)', (lock) => {
    const saved = { settings: { ...DEFAULT_SETTINGS, lock }, sequence: 3, timeMs: 4 };
    expect(decodeSettings(encodeSettings(saved))).toEqual(saved);
  });

  it('is absent where none was saved', () => {
    const saved = { settings: DEFAULT_SETTINGS, sequence: 1, timeMs: 4 };
    expect(decodeSettings(encodeSettings(saved)).settings).not.toHaveProperty('lock');
  });

  it.each([
    {},
    { mode: 'compliance' },
    { mode: 'none', days: 7 },
    { mode: 'compliance', days: 0 },
    { mode: 'compliance', days: 0.5 },
    { mode: 'compliance', days: 36_501 },
    'compliance',
  ])('is refused as %o', (lock) => {
    const json = { sequence: 1, timeMs: 1, compression: 'auto', packSizeBytes: 16_777_216, lock };
    const decode = () => decodeSettings(utf8Bytes(JSON.stringify(json)));
    expect(decode).toThrow(expect.objectContaining({ code: 'format/invalid' }) as Error);
  });
});
