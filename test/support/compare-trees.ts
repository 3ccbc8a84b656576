/**
 * Compares two folder trees in all that a backup promises to keep. It shares no code with the
 * product. As a script: `node test/support/compare-trees.ts A B [--no-sparse] [--no-owners]
 * [--root]` prints the differences and exits with 1 where there are any.
 * @module
 */
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type BigIntStats,
} from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What to look at; all of it unless said otherwise, but for `root`. */
export interface CompareOptions {
  readonly content?: boolean;
  readonly modes?: boolean;
  readonly owners?: boolean;
  readonly times?: boolean;
  readonly links?: boolean;
  readonly sparse?: boolean;
  readonly xattrs?: boolean;
  /** The two folders themselves too, not only what is in them. */
  readonly root?: boolean;
  /** Stops after so many differences (1000). */
  readonly differencesMax?: number;
}

interface Xattrs {
  listAttributesSync(path: string): string[];
  getAttributeSync(path: string, name: string): Buffer | null;
}

/** Allocation differs a little between file systems and ways of writing. */
const ALLOCATION_SLACK_BYTES = 128 * 1024;
const BLOCK_BYTES = 1024 * 1024;

/** One line for each difference, none where the trees are the same. */
export function compareTrees(a: string, b: string, options: CompareOptions = {}): string[] {
  return new Comparison(options).run(Buffer.from(a), Buffer.from(b));
}

class Comparison {
  readonly #options: Required<CompareOptions>;
  readonly #differences: string[] = [];
  readonly #xattrs: Xattrs | undefined;
  /** For each inode with several names: the first of them, on either side. */
  readonly #firstNames = [new Map<string, string>(), new Map<string, string>()] as const;
  readonly #blocks = [Buffer.alloc(BLOCK_BYTES), Buffer.alloc(BLOCK_BYTES)] as const;

  constructor(options: CompareOptions) {
    const all = { content: true, modes: true, owners: true, times: true, links: true };
    const rest = { sparse: true, xattrs: true, root: false, differencesMax: 1000 };
    this.#options = { ...all, ...rest, ...options };
    this.#xattrs = this.#options.xattrs ? loadXattrs() : undefined;
  }

  run(a: Buffer, b: Buffer): string[] {
    if (this.#options.root) this.#compareEntry('.', a, b);
    const folders = [{ a, b, shown: '' }];
    for (let next = folders.pop(); next && !this.#isFull(); next = folders.pop()) {
      for (const [name, inA, inB] of mergeNames(next.a, next.b)) {
        const shown = `${next.shown}${JSON.stringify(name).slice(1, -1)}`;
        if (!inA) this.#say(shown, 'is only in the second tree');
        if (!inB) this.#say(shown, 'is only in the first tree');
        if (!inA || !inB || this.#isFull()) continue;
        const pair = { a: join(next.a, name), b: join(next.b, name), shown: `${shown}/` };
        if (this.#compareEntry(shown, pair.a, pair.b)) folders.push(pair);
      }
    }
    return this.#differences;
  }

  #isFull(): boolean {
    return this.#differences.length >= this.#options.differencesMax;
  }

  #say(path: string, what: string): void {
    this.#differences.push(`${path}: ${what}`);
  }

  #differ(path: string, what: string, a: unknown, b: unknown): void {
    if (a !== b) this.#say(path, `${what} ${String(a)} became ${String(b)}`);
  }

  /** Returns true where both are folders. */
  #compareEntry(path: string, a: Buffer, b: Buffer): boolean {
    const statsA = lstatSync(a, { bigint: true });
    const statsB = lstatSync(b, { bigint: true });
    const typeA = statsA.mode & 0o170000n;
    if (typeA !== (statsB.mode & 0o170000n)) {
      this.#say(path, 'is of another type');
      return false;
    }
    this.#compareMetadata(path, statsA, statsB);
    if (this.#xattrs) this.#compareXattrs(path, a, b, this.#xattrs);
    if (statsA.isDirectory()) return true;
    if (this.#options.links) this.#compareLinks(path, statsA, statsB);
    if (statsA.isSymbolicLink()) {
      const targets = [a, b].map((link) => readlinkSync(link, { encoding: 'latin1' }));
      this.#differ(path, 'target', targets[0], targets[1]);
    } else if (statsA.isFile()) {
      this.#compareFiles(path, [a, statsA], [b, statsB]);
    } else if (statsA.isCharacterDevice() || statsA.isBlockDevice()) {
      this.#differ(path, 'device number', statsA.rdev, statsB.rdev);
    }
    return false;
  }

  #compareMetadata(path: string, a: BigIntStats, b: BigIntStats): void {
    const { modes, owners, times } = this.#options;
    if (modes && !a.isSymbolicLink()) {
      this.#differ(path, 'mode', a.mode.toString(8), b.mode.toString(8));
    }
    if (owners) this.#differ(path, 'owner', `${a.uid}:${a.gid}`, `${b.uid}:${b.gid}`);
    if (times) this.#differ(path, 'mtime', a.mtimeNs, b.mtimeNs);
  }

  #compareXattrs(path: string, a: Buffer, b: Buffer, xattrs: Xattrs): void {
    const [textA, textB] = [a.toString(), b.toString()];
    if (textA.includes('\ufffd') || textB.includes('\ufffd')) return;
    const names = xattrs.listAttributesSync(textA).sort();
    this.#differ(path, 'attributes', names.join(), xattrs.listAttributesSync(textB).sort().join());
    for (const name of names) {
      const value = xattrs.getAttributeSync(textA, name)?.toString('hex');
      const other = xattrs.getAttributeSync(textB, name)?.toString('hex');
      this.#differ(path, `attribute ${name}`, value, other);
    }
  }

  #compareLinks(path: string, a: BigIntStats, b: BigIntStats): void {
    const [firstA, firstB] = [a, b].map((stats, side) => {
      if (stats.nlink < 2n) return path;
      const names = this.#firstNames[side as 0 | 1];
      const inode = `${stats.dev}:${stats.ino}`;
      const first = names.get(inode);
      if (first === undefined) names.set(inode, path);
      return first ?? path;
    });
    this.#differ(path, 'one file with', firstA, firstB);
  }

  #compareFiles(path: string, a: [Buffer, BigIntStats], b: [Buffer, BigIntStats]): void {
    const [size, other] = [Number(a[1].size), Number(b[1].size)];
    if (size !== other) return this.#differ(path, 'size', size, other);
    if (this.#options.sparse) {
      const [allocated, now] = [Number(a[1].blocks) * 512, Number(b[1].blocks) * 512];
      if (Math.abs(allocated - now) > ALLOCATION_SLACK_BYTES + size / 50) {
        this.#differ(path, 'allocation', allocated, now);
      }
    }
    if (!this.#options.content || size === 0) return;
    const at = this.#firstDifference(a[0], b[0], size);
    if (at !== undefined) this.#say(path, `content differs from byte ${at} on, give or take 1 MiB`);
  }

  #firstDifference(a: Buffer, b: Buffer, size: number): number | undefined {
    const [fdA, fdB] = [openSync(a, 'r'), openSync(b, 'r')];
    const [blockA, blockB] = this.#blocks;
    try {
      for (let at = 0; at < size;) {
        const count = readSync(fdA, blockA, 0, BLOCK_BYTES, at);
        const other = readSync(fdB, blockB, 0, count, at);
        if (count === 0 || other !== count) return at;
        if (blockA.compare(blockB, 0, count, 0, count) !== 0) return at;
        at += count;
      }
      return undefined;
    } finally {
      closeSync(fdA);
      closeSync(fdB);
    }
  }
}

/** Every name (latin1) in either folder, and in which of the two it is. */
function* mergeNames(a: Buffer, b: Buffer): Generator<[name: string, inA: boolean, inB: boolean]> {
  const [namesA, namesB] = [a, b].map((dir) => readdirSync(dir, { encoding: 'latin1' }).sort());
  const setA = new Set(namesA);
  const setB = new Set(namesB);
  for (const name of setA) yield [name, true, setB.has(name)];
  for (const name of setB) if (!setA.has(name)) yield [name, false, true];
}

function join(folder: Buffer, name: string): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), Buffer.from(name, 'latin1')]);
}

function loadXattrs(): Xattrs | undefined {
  try {
    return createRequire(import.meta.url)('@napi-rs/xattr') as Xattrs;
  } catch {
    return undefined;
  }
}

function main(args: readonly string[]): number {
  const [a, b, ...rest] = args.filter((arg) => !arg.startsWith('--'));
  if (a === undefined || b === undefined || rest.length > 0) {
    console.error('usage: compare-trees.ts A B [--no-content|--no-sparse|…] [--root]');
    return 2;
  }
  const off = args.filter((arg) => arg.startsWith('--no-')).map((arg) => [arg.slice(5), false]);
  const options: CompareOptions = { ...Object.fromEntries(off), root: args.includes('--root') };
  const differences = compareTrees(a, b, options);
  for (const difference of differences) console.log(difference);
  console.error(differences.length === 0 ? 'no difference' : `${differences.length} differences`);
  return differences.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2));
