/**
 * Virtual files: names, versions, and contents out of a small pool, so that hosts and versions share chunks, and what
 * was garbage is wanted again.
 * @module
 */
import type { Chance } from '../chance.ts';

const POOL = 24;
const BYTES_MIN = 40;
const BYTES_RANGE = 700;

/** A file: its chunks by number, and what stands for its times. */
export interface VirtualFile {
  readonly chunks: readonly number[];
  readonly version: number;
}

/** By path: components joined by zero bytes, latin letters only. */
export type Tree = ReadonlyMap<string, VirtualFile>;

export function sizeOf({ chunks }: VirtualFile): number {
  return chunks.reduce((sum, number) => sum + chunkLength(number), 0);
}

function chunkLength(number: number): number {
  return BYTES_MIN + ((Math.imul(number, 2_654_435_761) >>> 8) % BYTES_RANGE);
}

/** The bytes of a chunk: told by its number alone. */
export function chunkBytes(number: number): Buffer {
  const bytes = Buffer.alloc(chunkLength(number), `${number}.`);
  bytes.writeUInt32BE(number, 0);
  return bytes;
}

export class ChangingTree {
  readonly #chance: Chance;
  readonly #files = new Map<string, VirtualFile>();
  #version = 1;

  constructor(chance: Chance, files: number) {
    this.#chance = chance;
    for (let i = 0; i < files; i++) this.#write(this.#newPath());
  }

  /** As it is now, in path order. */
  get now(): Tree {
    const paths = [...this.#files.keys()].sort();
    return new Map(paths.map((path) => [path, this.#files.get(path) as VirtualFile]));
  }

  /** Some files come, change, move and go. */
  change(): void {
    for (let n = Math.max(0, this.#chance.between(-2, 4)); n > 0; n--) this.#changeOne();
  }

  #changeOne(): void {
    const chance = this.#chance;
    const paths = [...this.#files.keys()];
    const path = chance.pick(paths);
    const what = chance.weighed([
      ['write', 4],
      ['add', 2],
      ['remove', 2],
      ['move', 1],
    ] as const);
    if (what === 'add' || paths.length < 2) this.#write(this.#newPath());
    else if (what === 'write') this.#write(path);
    else {
      const file = this.#files.get(path) as VirtualFile;
      this.#files.delete(path);
      if (what === 'move') this.#files.set(this.#newPath(), file);
    }
  }

  #write(path: string): void {
    const chance = this.#chance;
    const count = chance.weighed([
      [0, 1],
      [1, 6],
      [2, 3],
      [4, 2],
    ] as const);
    const chunk = () => (chance.happens(0.6) ? chance.below(POOL) : POOL + chance.below(2 ** 30));
    const chunks = Array.from({ length: count }, chunk);
    this.#files.set(path, { chunks, version: this.#version++ });
  }

  #newPath(): string {
    const chance = this.#chance;
    return `d${chance.below(3)}\0f${chance.below(1000)}`;
  }
}
