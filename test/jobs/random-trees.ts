/**
 * Small trees that change from one backup to the next, the same for the same seed.
 * @module
 */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { lstatSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { random } from '../support/tree.ts';

const NAMES = ['a', 'b', 'c', 'dd', 'e-e', 'ü'];

/** A folder in which every `step` makes, changes and removes a few things. */
export class ChangingTree {
  readonly root: string;
  #state: number;

  constructor(root: string, seed: number) {
    this.root = root;
    this.#state = seed;
    mkdirSync(root, { recursive: true });
  }

  step(changes: number): void {
    for (let i = 0; i < changes; i++) this.#change();
  }

  #below(limit: number): number {
    const [word = 0] = new Uint32Array(random(4, this.#state++).slice().buffer);
    return word % limit;
  }

  #path(): string {
    const names = Array.from({ length: 1 + this.#below(3) }, () => NAMES[this.#below(6)] ?? '');
    return join(this.root, ...names);
  }

  #change(): void {
    const path = this.#path();
    const folder = dirname(path);
    if (!canMake(folder)) return;
    const what = this.#below(10);
    if (what < 5) {
      if (isFolder(path)) return;
      rmSync(path, { force: true });
      // A few contents, so that files share chunks.
      const sizes = [0, 1, 700, 5000, 300_000];
      writeFileSync(path, random(sizes[this.#below(5)] ?? 0, this.#below(4)));
    } else if (what < 7) rmSync(path, { recursive: true, force: true });
    else if (what === 7 && existsSync(path)) chmodSync(path, 0o700 + this.#below(8));
    else if (what === 8 && existsSync(path)) {
      const to = `${path}-moved`;
      if (!existsSync(to)) renameSync(path, to);
    } else if (what === 9 && !existsSync(path)) {
      rmSync(path, { force: true });
      symlinkSync(`to ${this.#below(3)}`, path);
    }
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Makes it, unless something on the way is a file. */
function canMake(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch {
    return false;
  }
}
