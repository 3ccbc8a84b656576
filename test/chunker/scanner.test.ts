import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asBuffer } from '../../src/base/bytes.ts';
import { SCAN_WASM_BASE64, SCAN_WASM_SHA256 } from '../../src/chunker/scan-wasm.ts';
import { BoundaryScanner, SCAN_POSITIONS, type ChunkerKeys } from '../../src/chunker/scanner.ts';
import { generateScanWasm } from '../support/generate-scan-wasm.ts';
import { KEYS, randomBytesOf, repeatOf } from './inputs.ts';
import { referenceCandidates, referenceGearTable, type Candidate } from './reference.ts';

function scanAll(
  scanner: BoundaryScanner,
  file: Uint8Array,
  block: () => number = () => SCAN_POSITIONS,
): Candidate[] {
  scanner.buffer.set(file);
  const found: Candidate[] = [];
  for (let from = 65; from <= file.length;) {
    const to = Math.min(file.length, from + block() - 1);
    const count = scanner.scan(from, to);
    for (let i = 0; i < count; i++) {
      found.push({ position: scanner.position(i), value: scanner.value(i) });
    }
    from = to + 1;
  }
  return found;
}

/** Keys under which a run of `pattern` is full of positions that pass the gear test. */
function keysThatFavour(pattern: Uint8Array, attempt: number): ChunkerKeys {
  const gearTable = createHash('sha256').update(`favour ${attempt}`).digest();
  const table = referenceGearTable(gearTable);
  let h = 0n;
  for (let i = 0; i < 64; i++) h = (h << 1n) + (table[pattern[i % pattern.length] ?? 0] ?? 0n);
  expect(BigInt.asUintN(64, h) >> 50n).toBe(0n);
  return { ...KEYS, gearTable };
}

describe('the scanner', () => {
  it('is the committed compilation of scan.wat', async () => {
    const path = new URL('../../src/chunker/scan-wasm.ts', import.meta.url);
    const compact = (text: string): string => text.replaceAll(/\s+/g, ' ');
    expect(compact(readFileSync(path, 'utf8'))).toBe(compact(await generateScanWasm()));
    const module = Buffer.from(SCAN_WASM_BASE64, 'base64');
    expect(createHash('sha256').update(module).digest('hex')).toBe(SCAN_WASM_SHA256);
  });

  it('finds the candidates and values of the reference, about one in 2^14 bytes', () => {
    const file = randomBytesOf('scanner', 4 << 20);
    const scanner = new BoundaryScanner(KEYS, file.length);
    const found = scanAll(scanner, file);
    expect(found).toEqual(referenceCandidates(file, KEYS));
    expect(found.length).toBeGreaterThan(200);
    expect(found.length).toBeLessThan(320);
  });

  it('does not care how a file is cut into blocks', () => {
    const file = randomBytesOf('blocks', 1 << 18);
    const scanner = new BoundaryScanner(KEYS, file.length);
    const whole = scanAll(scanner, file);
    expect(whole.length).toBeGreaterThan(5);
    const near = whole[3]?.position ?? 0;
    for (let from = near - 20; from <= near; from++) {
      for (let to = near; to < near + 20; to++) {
        expect(scanner.scan(from, to), `${from} to ${to}`).toBe(1);
        expect(scanner.position(0)).toBe(near);
      }
    }
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1 }), (sizes) => {
        let i = 0;
        expect(scanAll(scanner, file, () => sizes[i++ % sizes.length] ?? 1)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('needs 65 bytes before a candidate, and no more', () => {
    const file = randomBytesOf('near the start', 1 << 18);
    const scanner = new BoundaryScanner(KEYS, file.length);
    const { position, value } = scanAll(scanner, file)[2] ?? { position: 0, value: 0 };
    expect(position).toBeGreaterThan(65);
    expect(scanAll(scanner, file.subarray(position - 65, position))).toEqual([
      { position: 65, value },
    ]);
    expect(scanAll(scanner, file.subarray(position - 64, position + 20))).toEqual([]);
  });

  it('finds no candidate inside a run of one byte, whatever the keys', () => {
    const keys = keysThatFavour(Uint8Array.of(0), 27_532);
    const scanner = new BoundaryScanner(keys, 1 << 18);
    const file = Buffer.alloc(200_000);
    expect(scanAll(scanner, file)).toEqual([]);
    file[99_999] = 1;
    const found = scanAll(scanner, file);
    expect(found).toEqual(referenceCandidates(file, keys));
    // only the first window of zeros after the other byte
    expect(found.map(({ position }) => position)).toContain(100_064);
    expect(found.map(({ position }) => position)).not.toContain(100_065);
  });

  it('survives data full of candidates', () => {
    const pattern = Uint8Array.of(0x79, 0x0a);
    const keys = keysThatFavour(pattern, 13_387);
    const scanner = new BoundaryScanner(keys, 1 << 18);
    const file = repeatOf(pattern, 40_000);
    const found = scanAll(scanner, file);
    expect(found.length).toBe((40_000 - 64) / 2);
    expect(found).toEqual(referenceCandidates(file, keys));
  });

  it('gives other candidates, or other values, under other keys', () => {
    const file = randomBytesOf('keys', 1 << 20);
    const scan = (keys: ChunkerKeys): Candidate[] =>
      scanAll(new BoundaryScanner(keys, file.length), file);
    const usual = scan(KEYS);
    const other = randomBytesOf('another key', 32);
    const positions = (found: Candidate[]): number[] => found.map(({ position }) => position);
    const values = (found: Candidate[]): number[] => found.map(({ value }) => value);
    expect(positions(scan({ ...KEYS, gearTable: other }))).not.toEqual(positions(usual));
    expect(positions(scan({ ...KEYS, boundary: other }))).toEqual(positions(usual));
    expect(values(scan({ ...KEYS, boundary: other }))).not.toEqual(values(usual));
  });

  it('holds neither key nor file bytes once wiped', () => {
    const scanner = new BoundaryScanner(KEYS, 1 << 16);
    scanner.buffer.fill(7);
    const memory = Buffer.from(scanner.buffer.buffer as ArrayBuffer);
    expect(memory.includes(asBuffer(KEYS.boundary))).toBe(false);
    expect(memory.includes(asBuffer(KEYS.gearTable))).toBe(false);
    scanner.wipe();
    expect(memory.every((byte) => byte === 0)).toBe(true);
  });

  it('refuses positions outside its buffer', () => {
    const scanner = new BoundaryScanner(KEYS, 1 << 16);
    expect(() => scanner.scan(64, 100)).toThrow('assertion');
    expect(() => scanner.scan(65, (1 << 16) + 1)).toThrow('assertion');
    expect(() => scanner.scan(200, 199)).toThrow('assertion');
    expect(() => new BoundaryScanner({ ...KEYS, boundary: new Uint8Array(31) }, 1000)).toThrow(
      'assertion',
    );
  });
});
