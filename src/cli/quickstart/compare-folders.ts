/**
 * Compares two trees by looking at them, with none of the program's own reading.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream, type BigIntStats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';

export interface Comparison {
  readonly entries: number;
  readonly bytes: number;
  /** One line each: which path, and what is not the same. */
  readonly differences: readonly string[];
}

interface Tally {
  entries: number;
  bytes: number;
  differences: string[];
}

/** Type, content by hash, mode, modification time to the nanosecond, and where links point. */
export async function compareFolders(original: string, copy: string): Promise<Comparison> {
  const tally: Tally = { entries: 0, bytes: 0, differences: [] };
  await compareEntry(Buffer.from(original), Buffer.from(copy), tally, true);
  return tally;
}

async function compareEntry(a: Buffer, b: Buffer, tally: Tally, isTop: boolean): Promise<void> {
  const [one, other] = await Promise.all([look(a), look(b)]);
  tally.entries++;
  const differ = (what: string): void => void tally.differences.push(`${String(a)}: ${what}`);
  if (!one || !other) return differ(one ? 'is missing' : 'should not be there');
  if (typeOf(one) !== typeOf(other)) return differ('is of another type');
  // The top folder of the copy was made by hand.
  if (!isTop && one.mtimeNs !== other.mtimeNs) differ('has another modification time');
  if (!isTop && one.mode !== other.mode && !one.isSymbolicLink()) differ('has another mode');
  if (one.isFile()) {
    tally.bytes += Number(one.size);
    if (!(await hash(a)).equals(await hash(b))) differ('has other content');
  } else if (one.isSymbolicLink()) {
    if (!(await target(a)).equals(await target(b))) differ('points elsewhere');
  } else if (one.isDirectory()) {
    for (const name of await allNames(a, b)) {
      await compareEntry(child(a, name), child(b, name), tally, false);
    }
  }
}

async function look(path: Buffer): Promise<BigIntStats | undefined> {
  return lstat(path, { bigint: true }).catch(() => undefined);
}

function typeOf({ mode }: BigIntStats): bigint {
  return mode & 0o170000n;
}

async function hash(path: Buffer): Promise<Buffer> {
  const digest = createHash('sha256');
  for await (const piece of createReadStream(path)) digest.update(piece as Buffer);
  return digest.digest();
}

async function target(path: Buffer): Promise<Buffer> {
  return readlink(path, { encoding: 'buffer' });
}

/** Names are bytes; Latin-1 keeps each of them apart in a set of strings. */
async function allNames(a: Buffer, b: Buffer): Promise<Buffer[]> {
  const [ofA, ofB] = await Promise.all([a, b].map((path) => readdir(path, { encoding: 'buffer' })));
  const names = new Set([...(ofA ?? []), ...(ofB ?? [])].map((name) => name.toString('latin1')));
  return [...names].sort().map((name) => Buffer.from(name, 'latin1'));
}

function child(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}
