import { expect, it } from 'vitest';
import { formatBytes, formatDuration, parseSizeBytes } from '../../src/base/units.ts';

it('sizes are read with binary and decimal units, and nothing else is a size', () => {
  const sizes = ['512', '64K', '1.5GiB', '2 MB', '1TiB'].map(parseSizeBytes);
  expect(sizes).toEqual([512, 65_536, 1_610_612_736, 2_000_000, 2 ** 40]);
  const none = ['', 'x', '-1', '1.2.3M', '5 parsecs', '9e99'].map(parseSizeBytes);
  expect(none).toEqual(Array(6).fill(undefined));
});

it('sizes and durations are shown short', () => {
  const sizes = [0, 1023, 1536, 12 * 1024 ** 2, 900 * 1024 ** 3].map(formatBytes);
  expect(sizes).toEqual(['0 B', '1023 B', '1.50 KiB', '12.0 MiB', '900 GiB']);
  const times = [420, 12_000, 185_000, 7_800_000, 273_600_000].map(formatDuration);
  expect(times).toEqual(['0.42 s', '12 s', '3 min 5 s', '2 h 10 min', '3 d 4 h']);
});
