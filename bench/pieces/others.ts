/**
 * What others make of the same bytes: how far our steps are from what this machine can do.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MiB } from '../../src/base/units.ts';
import { measure } from '../measure.ts';
import type { Content } from './inputs.ts';
import type { Rate } from './meter.ts';

/** One core, blocks of 1 MiB; OpenSSL counts user CPU time itself. */
export function opensslSpeed(name: string, algorithm: readonly string[]): Rate | undefined {
  const sizes = ['-bytes', String(MiB), '-seconds', '1'];
  const done = spawnSync('openssl', ['speed', ...sizes, ...algorithm], { encoding: 'utf8' });
  const kilobytes = /([\d.]+)k\s*$/.exec(done.stdout ?? '')?.[1];
  if (kilobytes === undefined) return undefined;
  return { name, bytes: Number(kilobytes) * 1000, cpuS: 1, wallS: 1 };
}

/**
 * zstd's own program on one core, there and back. Its `-b` shows wall time only, which says nothing while the machine
 * does something else; the work is the same.
 */
export function zstdSpeed({ name, file, bytes }: Content, work: string): Rate[] {
  const packed = join(work, 'packed.zst');
  const steps: readonly (readonly [string, readonly string[]])[] = [
    [`zstd -3, ${name}`, ['zstd', '-3', '--single-thread', '-qf', file, '-o', packed]],
    [`zstd -d, ${name}`, ['zstd', '-dqf', packed, '-o', '/dev/null']],
  ];
  const rates = steps.map(([what, argv]) => timed(what, argv, bytes, work));
  rmSync(packed, { force: true });
  return rates;
}

/** Copies of a cached file, by the CPU time of the program and the kernel on its behalf. */
export function copySpeeds({ file, bytes }: Content, work: string): Rate[] {
  const to = join(work, 'copy');
  const copies: readonly (readonly [string, readonly string[]])[] = [
    ['cp (cached file)', ['cp', '--reflink=never', file, to]],
    ['dd bs=1M, synced', ['dd', `if=${file}`, `of=${to}`, 'bs=1M', 'conv=fsync', 'status=none']],
    ['dd bs=1M, direct', ['dd', `if=${file}`, `of=${to}`, 'bs=1M', 'oflag=direct', 'status=none']],
    ['cat to nowhere', ['sh', '-c', `cat "$0" | cat >/dev/null`, file]],
  ];
  return copies.map(([name, argv]) => {
    const rate = timed(name, argv, bytes, work);
    rmSync(to, { force: true });
    return rate;
  });
}

function timed(name: string, argv: readonly string[], bytes: number, work: string): Rate {
  const environment = { PATH: process.env['PATH'] ?? '' };
  const { userS, systemS, wallS } = measure({ argv }, { work, environment });
  return { name, bytes, cpuS: userS + systemS, wallS };
}
