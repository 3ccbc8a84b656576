/**
 * Edits to data that can be taken back: before each one, what was there goes into a journal file. A bench that
 * was killed takes them back when it comes to that data again.
 * @module
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

interface Overwritten {
  readonly path: string;
  readonly offset: number;
  /** Base64. */
  readonly was: string;
}

interface Grown {
  readonly path: string;
  readonly lengthBefore: number;
}

interface Removed {
  readonly path: string;
  /** Where the file waits meanwhile. */
  readonly aside: string;
}

type Edited = Overwritten | Grown | Removed;

export class Journal {
  readonly #file: string;
  /** Beside the journal: a folder for files that were removed. */
  readonly #aside: string;
  #removed = 0;
  /** The file edited last stays open: a virtual machine's image has many edits. */
  #open: { readonly path: string; readonly fd: number } | undefined;
  #lines: string[] = [];

  /** Takes back what an earlier journal in that file holds. */
  constructor(file: string) {
    this.#file = file;
    this.#aside = `${file}.aside`;
    this.undo();
  }

  /** Writes over what is there; all of it must lie inside the file. */
  overwrite(path: string, offset: number, bytes: Uint8Array): void {
    const fd = this.#opened(path);
    const was = Buffer.alloc(bytes.length);
    readSync(fd, was, 0, was.length, offset);
    this.#remember({ path, offset, was: was.toString('base64') });
    writeSync(fd, bytes, 0, bytes.length, offset);
  }

  append(path: string, bytes: Uint8Array): void {
    const lengthBefore = statSync(path).size;
    this.#remember({ path, lengthBefore });
    writeSync(this.#opened(path), bytes, 0, bytes.length, lengthBefore);
  }

  remove(path: string): void {
    if (this.#removed === 0) mkdirSync(this.#aside, { recursive: true });
    const aside = join(this.#aside, String(this.#removed++));
    this.#remember({ path, aside });
    renameSync(path, aside);
  }

  /** Closes the edited file, so that all is written as far as a program can see. */
  settle(): void {
    this.#flush();
    if (this.#open) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  /** Takes all edits back, the last one first. */
  undo(): void {
    this.settle();
    if (!existsSync(this.#file)) return;
    for (const line of linesBackwards(readFileSync(this.#file))) {
      this.#takeBack(JSON.parse(line) as Edited);
    }
    this.settle();
    rmSync(this.#aside, { recursive: true, force: true });
    rmSync(this.#file);
    this.#removed = 0;
  }

  #takeBack(edit: Edited): void {
    if ('aside' in edit) {
      // A kill may have come before it was removed, or after it was brought back.
      if (existsSync(edit.aside)) renameSync(edit.aside, edit.path);
      return;
    }
    const fd = this.#opened(edit.path);
    if ('lengthBefore' in edit) ftruncateSync(fd, edit.lengthBefore);
    else writeSync(fd, Buffer.from(edit.was, 'base64'), 0, undefined, edit.offset);
  }

  #opened(path: string): number {
    if (this.#open?.path === path) return this.#open.fd;
    if (this.#open) closeSync(this.#open.fd);
    this.#open = { path, fd: openSync(path, 'r+') };
    return this.#open.fd;
  }

  /** The journal is written before the edit, but not synced: it guards against a kill, not a power cut. */
  #remember(edit: Edited): void {
    this.#lines.push(JSON.stringify(edit));
    this.#flush();
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    appendFileSync(this.#file, `${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}

/** Line by line: as one string, the edits of a large image would be longer than strings can be. */
function* linesBackwards(bytes: Buffer): Generator<string> {
  for (let end = bytes.length - 1; end > 0;) {
    const begin = bytes.lastIndexOf(0x0a, end - 1) + 1;
    yield bytes.toString('latin1', begin, end);
    end = begin - 1;
  }
}
