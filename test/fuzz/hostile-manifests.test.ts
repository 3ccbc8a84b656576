/**
 * Random lists of files, made by somebody with the keys: names that lead out, links and what is put behind them, the
 * same path twice, no order, hard links between anything. Restored one over the other into one target, with every
 * option: nothing outside the target changes. FUZZ_RUNS= (SLOW=1), FUZZ_SEED= as in the other fuzz tests.
 */
import fc from 'fast-check';
import { randomInt } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { restoreAll } from '../jobs/restore/fixture.ts';
import { newVault } from '../support/test-vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { HostileWriter, hostileEntry } from './hostile-writer.ts';

const isSlow = process.env['SLOW'] !== undefined;
const runs = Number(process.env['FUZZ_RUNS'] ?? (isSlow ? 500 : 6));
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

const folder = temporaryFolder();
const outside = join(folder, 'outside');
const target = join(folder, 'in', 'target');

const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '..',
      '.',
      '',
      '../../outside',
      '/etc',
      'a/b',
      '..\\',
      'a\x01',
      'C:',
    ),
  },
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('\0'));
const linkTarget = fc.constantFrom(
  outside,
  `${outside}/precious`,
  '..',
  '../../outside',
  '../../outside/precious',
  '.',
  'a',
  '/',
  target,
);

interface Shape {
  readonly path: string;
  readonly type: EntryType;
  readonly linkTarget: string;
  readonly inode: number;
  readonly links: number;
  readonly mode: number;
  readonly content: number;
  readonly sizeOff: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  path,
  type: fc.constantFrom(
    EntryType.file,
    EntryType.file,
    EntryType.directory,
    EntryType.directory,
    EntryType.symlink,
    EntryType.symlink,
    EntryType.fifo,
    EntryType.socket,
  ),
  linkTarget,
  inode: fc.nat(3),
  links: fc.constantFrom(1, 1, 2),
  mode: fc.constantFrom(0o644, 0o755, 0o000, 0o7777),
  content: fc.nat(3),
  sizeOff: fc.constantFrom(0, 0, 0, 1, -1),
});

/** Nodes that are each in order, and not together. */
const manifest = fc.array(fc.array(shape, { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 3,
});
const options = fc.record({
  overwrite: fc.constantFrom('always', 'if-changed', 'if-newer', 'never'),
  delete: fc.boolean(),
  inPlace: fc.boolean(),
  verify: fc.boolean(),
  threads: fc.constantFrom(1, 2),
});

const CONTENTS = ['', 'x', 'y'.repeat(5000), 'untouched'];

function inOrder(shapes: readonly Shape[], contents: readonly Uint8Array[]): Entry[] {
  const byPath = new Map(shapes.map((one) => [one.path, one]));
  const sorted = [...byPath.values()].sort((a, b) =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  );
  return sorted.map((one) => {
    const { type, inode, links, mode } = one;
    const common = { inode: BigInt(inode), links, mode };
    const key = Buffer.from(one.path);
    if (type === EntryType.symlink) {
      return hostileEntry(key, type, { ...common, target: Buffer.from(one.linkTarget) });
    }
    if (type !== EntryType.file) return hostileEntry(key, type, common);
    const content = contents[one.content] ?? Buffer.alloc(0);
    const size = Math.max(0, (CONTENTS[one.content] ?? '').length + one.sizeOff);
    return hostileEntry(key, type, { ...common, content, size });
  });
}

async function begin(): Promise<void> {
  for (const one of readdirSync(folder)) {
    await rm(join(folder, one), { recursive: true, force: true });
  }
  mkdirSync(outside);
  writeFileSync(join(outside, 'precious'), 'untouched');
  mkdirSync(target, { recursive: true });
  // What earlier restores, or others, may have left there.
  symlinkSync(outside, join(target, 'd'));
  symlinkSync(join(outside, 'precious'), join(target, 'e'));
}

function expectOutsideUntouched(modeBefore: number): void {
  expect(readdirSync(folder).sort()).toEqual(['in', 'outside']);
  expect(readdirSync(join(folder, 'in'))).toEqual(['target']);
  expect(readdirSync(outside)).toEqual(['precious']);
  const file = join(outside, 'precious');
  expect(readFileSync(file, 'utf8')).toBe('untouched');
  const { nlink, mode } = lstatSync(file);
  expect([nlink, mode]).toEqual([1, modeBefore]);
}

test(
  `nothing outside the target changes, whatever is restored (FUZZ_SEED=${seed} FUZZ_RUNS=${runs})`,
  async () => {
    const property = fc.asyncProperty(
      fc.array(fc.tuple(manifest, options), { minLength: 1, maxLength: 3 }),
      async (restores) => {
        await begin();
        const { mode } = lstatSync(join(outside, 'precious'));
        const vault = await newVault();
        const writer = new HostileWriter(vault);
        const contents: Uint8Array[] = [];
        for (const text of CONTENTS) {
          contents.push(
            text === '' ? Buffer.alloc(0) : await writer.chunks('data', Buffer.from(text)),
          );
        }
        for (const [nodes, how] of restores) {
          const fences = [];
          for (const shapes of nodes) {
            const entries = inOrder(shapes, contents);
            const id = await writer.leaf(entries);
            fences.push({
              path: Buffer.of(fences.length + 1),
              id,
              entries: entries.length,
              bytes: 0,
            });
          }
          const only = fences[0];
          const isOne = only !== undefined && fences.length === 1;
          const id = isOne ? only.id : await writer.inner(1, fences);
          const root = { id, level: isOne ? 0 : 1, entries: 1 };
          const snapshot = await writer.snapshot(root);
          await restoreAll(vault, { snapshot, target, ...how });
          expectOutsideUntouched(mode);
        }
      },
    );
    await fc.assert(property, { seed, numRuns: runs, endOnFailure: !isSlow });
  },
  60 * 60_000,
);
