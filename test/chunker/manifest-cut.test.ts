import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPathCutter } from '../../src/chunker/manifest-cut.ts';

const key = createHash('sha256').update('manifest').digest();
const paths = Array.from({ length: 20_000 }, (_, i) =>
  Buffer.from(`home\0user\0projects\0thing-${i >> 6}\0src\0module\0file-${i}.ts`),
);

/** The rule as written. */
function picks(path: Uint8Array, averageLog2: number): boolean {
  const mac = (...parts: Uint8Array[]): Buffer => {
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  };
  const seed = BigInt(mac(Uint8Array.of(0)).readUInt32BE(0));
  const multiplier = BigInt(mac(Uint8Array.of(0)).readUInt32BE(4)) | 1n;
  let h = seed;
  for (const byte of path) h = BigInt.asUintN(32, (h ^ BigInt(byte)) * multiplier);
  h = BigInt.asUintN(32, (h ^ (h >> 15n)) * multiplier);
  const cheapBits = Math.min(4, averageLog2);
  if (h >> BigInt(32 - cheapBits) !== 0n) return false;
  const word = mac(Uint8Array.of(1), path).readUInt32BE(0);
  return word % 2 ** (averageLog2 - cheapBits) === 0;
}

describe('the path cutter', () => {
  it('follows the rule as written', () => {
    const cutter = createPathCutter(key);
    for (const path of [Buffer.of(), ...paths.slice(0, 1000)]) {
      for (const averageLog2 of [0, 1, 4, 5, 9]) {
        expect(cutter(path, averageLog2)).toBe(picks(path, averageLog2));
      }
    }
  });

  it('picks one path in 2^n, and for a larger n a subset', () => {
    const cutter = createPathCutter(key);
    let before = paths;
    for (const averageLog2 of [0, 2, 4, 6, 8]) {
      const picked = paths.filter((path) => cutter(path, averageLog2));
      const expected = paths.length / 2 ** averageLog2;
      const slack = 5 * Math.sqrt(expected);
      expect(picked.length).toBeGreaterThanOrEqual(expected - slack);
      expect(picked.length).toBeLessThanOrEqual(expected + slack);
      for (const path of picked) expect(before.includes(path)).toBe(true);
      before = picked;
    }
  });

  it('picks others under another key', () => {
    const picked = (secret: Uint8Array): string[] => {
      const cutter = createPathCutter(secret);
      return paths.filter((path) => cutter(path, 8)).map(String);
    };
    const others = picked(Buffer.alloc(32, 9));
    const shared = picked(key).filter((path) => others.includes(path));
    expect(shared.length).toBeLessThan(10);
  });

  it('refuses a key of another length', () => {
    expect(() => createPathCutter(new Uint8Array(16))).toThrow('assertion');
  });
});
