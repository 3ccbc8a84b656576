import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumHash } from '../../../../src/servers/s3/body/checksum-hash.ts';
import {
  combineCrcs,
  CRC_FIELDS,
  crcOf,
} from '../../../../src/servers/s3/multipart/checksums/combine-crc.ts';

const ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;

/** By another implementation. */
async function whole(algorithm: (typeof ALGORITHMS)[number], bytes: Buffer): Promise<Buffer> {
  const hash = checksumHash(algorithm);
  hash.update(bytes);
  return Buffer.from(await hash.digest(), 'base64');
}

describe('combined CRCs', () => {
  it('have the check values of the catalogue of CRCs', () => {
    const bytes = Buffer.from('123456789');
    const known = { CRC32: 'cbf43926', CRC32C: 'e3069283', CRC64NVME: 'ae8b14860a799888' };
    for (const algorithm of ALGORITHMS) {
      const field = CRC_FIELDS[algorithm];
      expect(crcOf(field, bytes).toString('hex')).toBe(known[algorithm]);
      const pieces = [bytes.subarray(0, 4), bytes.subarray(4, 5), bytes.subarray(5)];
      const stretches = pieces.map((one) => ({ crc: crcOf(field, one), sizeBytes: one.length }));
      expect(combineCrcs(field, stretches).toString('hex')).toBe(known[algorithm]);
    }
  });

  it.each(ALGORITHMS)('are those of the whole, however it was cut: %s', async (algorithm) => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(pieces, async (cut) => {
        const stretches = await Promise.all(
          cut.map(async (one) => {
            return { crc: await whole(algorithm, Buffer.from(one)), sizeBytes: one.length };
          }),
        );
        const combined = combineCrcs(CRC_FIELDS[algorithm], stretches);
        expect(combined.equals(await whole(algorithm, Buffer.concat(cut)))).toBe(true);
      }),
    );
  });

  it.each(ALGORITHMS)('bit by bit are the same: %s', async (algorithm) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const expected = await whole(algorithm, Buffer.from(bytes));
        expect(crcOf(CRC_FIELDS[algorithm], bytes).equals(expected)).toBe(true);
      }),
    );
  });

  it('hold for lengths beyond 32 bits', () => {
    // Source: zlib of Python, over `start` and 5 GiB of zeros.
    const start = { crc: crcOf(CRC_FIELDS.CRC32, Buffer.from('start')), sizeBytes: 5 };
    const zeros = { crc: Buffer.from('193838c3', 'hex'), sizeBytes: 5 * 2 ** 30 };
    const combined = combineCrcs(CRC_FIELDS.CRC32, [start, zeros]);
    expect(combined.toString('hex')).toBe('065e013a');
  });

  it('take no time worth naming for ten thousand parts', () => {
    for (const algorithm of ALGORITHMS) {
      const field = CRC_FIELDS[algorithm];
      const part = { crc: crcOf(field, Buffer.from('part')), sizeBytes: 5 * 2 ** 20 };
      const start = process.cpuUsage();
      combineCrcs(
        field,
        Array.from({ length: 10_000 }, () => part),
      );
      expect(process.cpuUsage(start).user).toBeLessThan(500_000);
    }
  });
});
