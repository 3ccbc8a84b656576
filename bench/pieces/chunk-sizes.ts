/**
 * How long the chunker's chunks are on random data, how much is new after one byte was inserted, and what the
 * manifest's cuts cost: what `docs/decisions/0003-chunk-sizes.md` stands on. `node bench/pieces/chunk-sizes.ts`.
 * @module
 */
import { createHash } from 'node:crypto';
import { GiB, KiB, MiB } from '../../src/base/units.ts';
import { cutRegion } from '../../src/chunker/cut.ts';
import { createPathCutter } from '../../src/chunker/manifest-cut.ts';
import { cutParameters, SCAN_BUFFER_BYTES } from '../../src/chunker/parameters.ts';
import { BoundaryScanner } from '../../src/chunker/scanner.ts';
import { randomBytes } from '../data/content/random-bytes.ts';
import { pathOf } from '../growth/generated.ts';
import { meter } from './meter.ts';

const PATHS = 200_000;
const keys = { gearTable: Buffer.alloc(32, 1), boundary: Buffer.alloc(32, 2) };
const scanner = new BoundaryScanner(keys, SCAN_BUFFER_BYTES);

function cut(data: Buffer, averageBytes: number, emit: (chunk: Uint8Array) => void): void {
  const read = (target: Uint8Array, position: number): number =>
    data.copy(target, 0, position, Math.min(data.length, position + target.length));
  const region = { start: 0, end: Infinity, parameters: cutParameters(averageBytes) };
  cutRegion(scanner, read, region, emit);
}

function showSizes(data: Buffer, averageBytes: number): void {
  const sizes: number[] = [];
  cut(data, averageBytes, (chunk) => sizes.push(chunk.length / averageBytes));
  sizes.sort((a, b) => a - b);
  const at = (part: number): string => (sizes[Math.floor(part * sizes.length)] ?? 0).toFixed(2);
  const mean = data.length / averageBytes / sizes.length;
  const touched = sizes.reduce((sum, size) => sum + size * size, 0) / (mean * sizes.length);
  console.log(
    `average ${averageBytes / KiB} KiB: mean ${mean.toFixed(3)} of it, 1 % under ${at(0.01)}, ` +
      `half under ${at(0.5)}, 99 % under ${at(0.99)}; one edit makes new ${touched.toFixed(3)}`,
  );
}

function showInsert(data: Buffer, at: number): void {
  const id = (chunk: Uint8Array): string => createHash('sha256').update(chunk).digest('hex');
  const known = new Set<string>();
  cut(data, MiB, (chunk) => known.add(id(chunk)));
  let added = 0;
  const edited = Buffer.concat([data.subarray(0, at), Buffer.of(9), data.subarray(at)]);
  cut(edited, MiB, (chunk) => {
    if (!known.has(id(chunk))) added += chunk.length;
  });
  console.log(`one byte inserted at ${at}: ${((100 * added) / data.length).toFixed(3)} % are new`);
}

async function showPathCutter(): Promise<void> {
  const cutter = createPathCutter(keys.boundary);
  const paths = Array.from({ length: PATHS }, (_, i) => pathOf(i));
  const { cpuS } = await meter('path cutter', PATHS, () => {
    for (const path of paths) cutter(path, 10);
  });
  const perPath = ((cpuS / PATHS) * 1e9).toFixed(0);
  console.log(`path cutter: ${perPath} ns a path of ${paths[0]?.length ?? 0} bytes`);
}

const data = Buffer.allocUnsafeSlow(GiB);
randomBytes('chunk sizes')(data);
for (const averageBytes of [256 * KiB, 512 * KiB, MiB, 2 * MiB]) showSizes(data, averageBytes);
showInsert(data, 0);
showInsert(data, GiB / 2);
await showPathCutter();
