import { describe, expect, it } from 'vitest';
import { GiB, KiB, MiB } from '../../src/base/units.ts';
import {
  cutParameters,
  cutParametersFor,
  MAX_CHUNK_BYTES,
  SCAN_BUFFER_BYTES,
} from '../../src/chunker/parameters.ts';

describe('chunk sizes', () => {
  it.each([
    [0, 256 * KiB],
    [10 * MiB - 1, 256 * KiB],
    [10 * MiB, 512 * KiB],
    [100 * MiB - 1, 512 * KiB],
    [100 * MiB, MiB],
    [100 * GiB, MiB],
    [Infinity, MiB],
  ])('for a file of %d bytes have an average of %d', (fileBytes, averageBytes) => {
    expect(cutParametersFor(fileBytes)).toEqual({
      minBytes: averageBytes / 2,
      averageBytes,
      maxBytes: 4 * averageBytes,
    });
  });

  it('stay within what readers accept and the usual buffer holds', () => {
    for (const parameters of [cutParametersFor(Infinity), cutParameters(2 * MiB)]) {
      expect(parameters.maxBytes).toBeLessThanOrEqual(MAX_CHUNK_BYTES);
      expect(parameters.maxBytes + parameters.minBytes + MiB).toBeLessThan(SCAN_BUFFER_BYTES);
    }
  });
});
