/**
 * The machine that is measured on: what it is, and how it is brought to rest between measurements.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    processor: (first?.model ?? arch()).trim(),
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

const IDLE_SECTORS_A_SECOND = 2048;

let settleMaxS = 90;

/** How long at most to wait for the disks each time; 0 not to wait at all, where figures do not count. */
export function setSettleTime(seconds: number): void {
  settleMaxS = seconds;
}

/** Writes out what is dirty, then waits until the disks have next to nothing to do for a second. */
export async function waitUntilQuiet(): Promise<void> {
  if (settleMaxS === 0) return;
  execFileSync('sync');
  for (let waited = 0, calm = 0; waited < settleMaxS && calm < 2; waited += 0.5) {
    const before = sectorsMoved();
    await sleep(500);
    calm = sectorsMoved() - before < IDLE_SECTORS_A_SECOND / 2 ? calm + 1 : 0;
  }
}

/** Sectors read and written by real disks since the start. */
function sectorsMoved(): number {
  if (!existsSync('/proc/diskstats')) return 0;
  let sectors = 0;
  for (const line of readFileSync('/proc/diskstats', 'utf8').split('\n')) {
    const [, , name = 'loop', , , read = '0', , , , written = '0'] = line.trim().split(/\s+/);
    if (/^(loop|ram|zram|dm-)/.test(name)) continue;
    sectors += Number(read) + Number(written);
  }
  return sectors;
}

/**
 * Takes the content of all files under a folder out of the page cache, so that they are read from the disk next
 * time; nothing else loses its place in memory. Needs no root: `dd` with `nocache` asks for it, file by file.
 * What is not yet written out stays: `waitUntilQuiet` comes first.
 */
export function dropFromCache(folder: string): void {
  const drop = ['dd', 'if={}', 'iflag=nocache', 'count=0', 'status=none'];
  execFileSync('find', [folder, '-type', 'f', '-exec', ...drop, ';'], { stdio: 'ignore' });
}

/** Reads all files under a folder once, so that they are in the page cache where they fit. */
export function readIntoCache(folder: string): void {
  // Through a pipe: tar does not read files at all when it writes to /dev/null itself.
  const command = 'tar -cf - "$0" 2>/dev/null | wc -c';
  execFileSync('sh', ['-c', command, folder], { stdio: 'ignore' });
}

export interface TreeSize {
  readonly files: number;
  readonly bytes: number;
}

/** Regular files under a folder, and their lengths added up. */
export function treeSize(folder: string): TreeSize {
  const sum = `awk '{ s += $1 } END { printf "%d %.0f", NR, s }'`;
  const count = `find "$0" -type f -printf '%s\\n' | ${sum}`;
  const text = execFileSync('sh', ['-c', count, folder]).toString('utf8');
  const [files = 0, bytes = 0] = text.trim().split(' ').map(Number);
  return { files, bytes };
}

/** Removes a tree and gives the file system time: right after a large one is gone, ext4 is slow for a while. */
export async function removeTree(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const { files } = treeSize(folder);
  execFileSync('rm', ['-rf', folder]);
  await waitUntilQuiet();
  await sleep(Math.min(settleMaxS * 1000, files / 10));
}
