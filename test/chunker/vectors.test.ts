import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cutRegion } from '../../src/chunker/cut.ts';
import { createPathCutter } from '../../src/chunker/manifest-cut.ts';
import { BoundaryScanner } from '../../src/chunker/scanner.ts';
import { randomBytesOf, readerOf, repeatOf } from './inputs.ts';
import { referenceCuts, referenceGearTable } from './reference.ts';

interface Part {
  readonly random?: string;
  readonly repeat?: string;
  readonly bytes: number;
}

interface Vectors {
  readonly keys: { readonly gearTable: string; readonly boundary: string };
  readonly gearTable: { readonly first: string; readonly last: string };
  readonly cuts: readonly {
    readonly name: string;
    readonly input: readonly Part[];
    readonly inputSha256: string;
    readonly minBytes: number;
    readonly averageBytes: number;
    readonly maxBytes: number;
    readonly ends: readonly number[];
  }[];
  readonly paths: {
    readonly key: string;
    readonly averageLog2: number;
    readonly count: number;
    readonly picked: readonly number[];
  };
}

const file = new URL('../vectors/chunker.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const keys = {
  gearTable: Buffer.from(vectors.keys.gearTable, 'hex'),
  boundary: Buffer.from(vectors.keys.boundary, 'hex'),
};

function inputOf(parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map(({ random, repeat, bytes }) =>
      random === undefined
        ? repeatOf(Buffer.from(repeat ?? '00', 'hex'), bytes)
        : randomBytesOf(random, bytes),
    ),
  );
}

/** Frozen: a change here is a change of the format, and every file would be stored anew. */
describe('the frozen answers of the chunker', () => {
  it('hold for the gear table', () => {
    const table = referenceGearTable(keys.gearTable).map((word) =>
      word.toString(16).padStart(16, '0'),
    );
    expect([table[0], table[255]]).toEqual([vectors.gearTable.first, vectors.gearTable.last]);
  });

  it.each(vectors.cuts)('hold for $name', (vector) => {
    const input = inputOf(vector.input);
    expect(createHash('sha256').update(input).digest('hex')).toBe(vector.inputSha256);
    const region = { start: 0, end: Infinity, parameters: vector };
    const ends: number[] = [];
    const scanner = new BoundaryScanner(keys, vector.maxBytes + vector.minBytes + (1 << 20));
    cutRegion(scanner, readerOf(input), region, (chunk, at) => ends.push(at + chunk.length));
    expect(ends).toEqual(vector.ends);
    expect(referenceCuts(input, keys, vector)).toEqual(vector.ends);
  });

  it('hold for paths', () => {
    const { key, averageLog2, count, picked } = vectors.paths;
    const cutter = createPathCutter(Buffer.from(key, 'hex'));
    const found = Array.from({ length: count }, (_, i) => i).filter((i) =>
      cutter(Buffer.from(`dir\0file-${i}`), averageLog2),
    );
    expect(found).toEqual(picked);
  });
});
