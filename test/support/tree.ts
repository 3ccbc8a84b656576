/**
 * Builds a folder tree from a literal, for tests:
 * `tree(dir, { 'a.txt': 'hi', sub: { b: random(1000, 7) }, link: symlink('a.txt') })`.
 * @module
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** What stands behind a name: a function that makes it there. */
export type TreeMaker = (path: Buffer, root: Buffer) => void;

export interface Tree {
  readonly [name: string]: string | Uint8Array | TreeMaker | Tree;
}

/** Makes everything of `content` inside `dir`, which is made too; returns `dir`. */
export function tree(dir: string, content: Tree): string {
  mkdirSync(dir, { recursive: true });
  fill(Buffer.from(dir), content, Buffer.from(dir));
  return dir;
}

/** A key of a tree for a name that is not UTF-8: one byte a character. */
export function rawName(latin1: string): string {
  return `\0${latin1}`;
}

/** A symbolic link; a target with characters above U+00FF is not for tests. */
export function symlink(target: string | Uint8Array): TreeMaker {
  return (path) => symlinkSync(typeof target === 'string' ? target : Buffer.from(target), path);
}

/** Another name of a file made before; `target` is relative to the root of the tree. */
export function hardlink(target: string): TreeMaker {
  return (path, root) => linkSync(child(root, target), path);
}

export const fifo: TreeMaker = (path) => {
  execFileSync('mkfifo', [path.toString()]);
};

/** A character device node (root only). */
export function charDevice(major: number, minor: number): TreeMaker {
  return (path) => {
    execFileSync('mknod', [path.toString(), 'c', String(major), String(minor)]);
  };
}

/** A file of `sizeBytes` that is one hole, but for the `data` at their offsets. */
export function sparse(sizeBytes: number, data: Readonly<Record<number, string>> = {}): TreeMaker {
  return (path) => {
    const fd = openSync(path, 'w');
    ftruncateSync(fd, sizeBytes);
    for (const [offset, text] of Object.entries(data)) {
      writeSync(fd, Buffer.from(text), 0, undefined, Number(offset));
    }
    closeSync(fd);
  };
}

/** Anything, with these permission bits afterwards. */
export function withMode(mode: number, content: Tree[string]): TreeMaker {
  return (path, root) => {
    make(path, content, root);
    chmodSync(path, mode);
  };
}

/** Incompressible bytes, the same for the same seed. */
export function random(sizeBytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let a = (seed ^ 0x9e3779b9) >>> 0;
  for (let i = 0; i < words.length; i++) {
    // mulberry32
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    words[i] = t ^ (t >>> 14);
  }
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

function fill(folder: Buffer, content: Tree, root: Buffer): void {
  for (const [name, value] of Object.entries(content)) make(child(folder, name), value, root);
}

function make(path: Buffer, content: Tree[string], root: Buffer): void {
  if (typeof content === 'function') return content(path, root);
  if (typeof content === 'string' || content instanceof Uint8Array) {
    return writeFileSync(path, content);
  }
  mkdirSync(path, { recursive: true });
  fill(path, content, root);
}

function child(folder: Buffer, name: string): Buffer {
  const bytes = name.startsWith('\0') ? Buffer.from(name.slice(1), 'latin1') : Buffer.from(name);
  return Buffer.concat([folder, Buffer.from('/'), bytes]);
}
