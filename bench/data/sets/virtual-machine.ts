/**
 * The image of a virtual machine's disk: holes, written zeros, what compresses and what does not. Then 1 % of its
 * blocks of 4 KiB are written, scattered evenly, and another 1 % in clusters as a real system writes.
 * @module
 */
import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GiB, KiB, MiB } from '../../../src/base/units.ts';
import { below, createChance, randomBytes } from '../content/random-bytes.ts';
import type { Filler } from '../content/random-bytes.ts';
import { textLines } from '../content/text-lines.ts';
import type { DataSet } from '../data-set.ts';
import type { Journal } from '../journal.ts';

const IMAGE_BYTES = 20 * GiB;
const BLOCK = 4 * KiB;
const EDITED_SHARE = 0.01;
/** Runs of one kind are 1 to 32 MiB long. */
const RUN_MIB_MAX = 32;
/** Clusters of edits are 1 to 1024 blocks long (4 KiB to 4 MiB), most of them short. */
const CLUSTER_BLOCKS_LOG2 = 10;

export const virtualMachine: DataSet = {
  name: 'vm',
  title:
    'a 20 GiB disk image: 40 % holes, 10 % written zeros, 30 % compressible, 20 % incompressible',
  version: 1,
  sparse: true,
  make: (folder, { scale }) => {
    const bytes = Math.ceil((IMAGE_BYTES * scale) / MiB) * MiB;
    writeImage(imageIn(folder), bytes);
  },
  edits: [
    {
      name: 'clustered',
      title: '1 % of the 4 KiB blocks edited in clusters (most in runs over 1 MiB)',
      apply: (folder, journal) => editClusters(imageIn(folder), journal),
    },
    {
      name: 'scattered',
      title: '1 % of the 4 KiB blocks edited at random places, one by one',
      apply: (folder, journal) => editScattered(imageIn(folder), journal),
    },
  ],
  oneFile: imageIn,
};

function imageIn(folder: string): string {
  return join(folder, 'disk.raw');
}

function writeImage(path: string, bytes: number): void {
  const chance = createChance(20);
  const contents = { random: randomBytes('vm'), text: textLines(20) };
  const piece = Buffer.allocUnsafeSlow(MiB);
  const fd = openSync(path, 'wx');
  try {
    for (let at = 0; at < bytes;) {
      const end = Math.min(bytes, at + (1 + below(chance, RUN_MIB_MAX)) * MiB);
      const kind = chance();
      if (kind >= 0.4) {
        const fill: Filler =
          kind < 0.5 ? (b) => b.fill(0) : kind < 0.8 ? contents.text : contents.random;
        for (let from = at; from < end; from += MiB) {
          fill(piece);
          writeSync(fd, piece, 0, piece.length, from);
        }
      }
      at = end;
    }
    ftruncateSync(fd, bytes);
  } finally {
    closeSync(fd);
  }
}

function editScattered(path: string, journal: Journal): void {
  const blocks = statSync(path).size / BLOCK;
  const [chance, fill] = [createChance(21), randomBytes('vm scattered')];
  const block = Buffer.alloc(BLOCK);
  for (let i = 0; i < blocks * EDITED_SHARE; i++) {
    fill(block);
    journal.overwrite(path, below(chance, blocks) * BLOCK, block);
  }
}

/** Lengths are spread evenly over their logarithm: many short ones, but most blocks lie in long ones. */
function editClusters(path: string, journal: Journal): void {
  const blocks = statSync(path).size / BLOCK;
  const [chance, fill] = [createChance(22), textLines(22)];
  for (let left = Math.ceil(blocks * EDITED_SHARE); left > 0;) {
    const length = Math.min(left, Math.floor(2 ** (chance() * CLUSTER_BLOCKS_LOG2)));
    const bytes = Buffer.alloc(length * BLOCK);
    fill(bytes);
    journal.overwrite(path, below(chance, blocks - length) * BLOCK, bytes);
    left -= length;
  }
}
