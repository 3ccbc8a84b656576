/**
 * The chunker's speed and chunk sizes, on 1 GiB in memory: `node bench/chunker.ts`.
 * @module
 */
import { createCipheriv, createHash } from 'node:crypto';
import { GiB, KiB, MiB } from '../src/base/units.ts';
import { cutRegion } from '../src/chunker/cut.ts';
import { createPathCutter } from '../src/chunker/manifest-cut.ts';
import { cutParameters, SCAN_BUFFER_BYTES } from '../src/chunker/parameters.ts';
import { BoundaryScanner, SCAN_POSITIONS } from '../src/chunker/scanner.ts';

const keys = { gearTable: Buffer.alloc(32, 1), boundary: Buffer.alloc(32, 2) };
const scanner = new BoundaryScanner(keys, SCAN_BUFFER_BYTES);

function randomData(length: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 5), Buffer.alloc(16));
  const data = Buffer.allocUnsafeSlow(length);
  const zeros = Buffer.alloc(MiB);
  for (let at = 0; at < length; at += MiB) cipher.update(zeros).copy(data, at);
  return data;
}

function cut(data: Buffer, averageBytes: number, emit: (chunk: Uint8Array) => void): void {
  const read = (target: Uint8Array, position: number): number =>
    data.copy(target, 0, position, Math.min(data.length, position + target.length));
  const region = { start: 0, end: Infinity, parameters: cutParameters(averageBytes) };
  cutRegion(scanner, read, region, emit);
}

function time(name: string, bytes: number, work: () => void): void {
  let wallMs = Infinity;
  let cpuMs = Infinity;
  for (let run = 0; run < 4; run++) {
    const begin = performance.now();
    const usage = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(usage);
    cpuMs = Math.min(cpuMs, (user + system) / 1000);
    wallMs = Math.min(wallMs, performance.now() - begin);
  }
  const speed = `${(bytes / wallMs / 1000).toFixed(0)} MB/s`;
  console.log(`${name}: ${speed}, ${((cpuMs / bytes) * 1e6).toFixed(3)} CPU-s/GB`);
}

function scanBuffer(): void {
  for (let at = 65; at + SCAN_POSITIONS <= scanner.buffer.length; at += SCAN_POSITIONS) {
    scanner.scan(at, at + SCAN_POSITIONS - 1);
  }
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

const data = randomData(GiB);
data.copy(scanner.buffer);
time('scan, random data', scanner.buffer.length, scanBuffer);
scanner.buffer.fill(0);
time('scan, zeros', scanner.buffer.length, scanBuffer);
for (const averageBytes of [256 * KiB, MiB]) {
  time(`cut, ${averageBytes / KiB} KiB`, GiB, () => cut(data, averageBytes, () => undefined));
}
for (const averageBytes of [256 * KiB, 512 * KiB, MiB, 2 * MiB]) showSizes(data, averageBytes);
showInsert(data, 0);
showInsert(data, GiB / 2);

const cutter = createPathCutter(keys.boundary);
const paths = Array.from({ length: 200_000 }, (_, i) =>
  Buffer.from(
    `home\0user\0projects\0thing-${100_000 + (i >> 6)}\0source\0file-${1_000_000 + i}.ts`,
  ),
);
const pathBytes = paths.reduce((sum, path) => sum + path.length, 0);
time(`path cutter, ${pathBytes / paths.length} bytes a path`, pathBytes, () => {
  for (const path of paths) cutter(path, 10);
});
