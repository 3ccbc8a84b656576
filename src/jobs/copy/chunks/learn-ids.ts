/**
 * Learns from a snapshot and its copy which chunk of one vault is which of the other, without reading the chunks: both
 * list the same files, and each file the same chunks in the same order.
 * @module
 */
import { compareBytes } from '../../../base/bytes.ts';
import { isDamage, isFailure } from '../../../base/failure.ts';
import type { Entry } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import { ManifestReader } from '../../../vault/manifest/manifest-reader.ts';
import type { CopySource } from '../copy-source.ts';
import type { CopyTarget } from '../copy-target.ts';
import type { CopyPair } from '../known-copies.ts';

const ID_BYTES = 32;

/**
 * What cannot be read is not learnt: then chunks are read instead.
 * @throws AppError `store/…`, `interrupted`
 */
export async function learnIds(
  { original, copy, isExact }: CopyPair,
  source: CopySource,
  target: CopyTarget,
): Promise<void> {
  if (!isExact) return;
  const ours = new ManifestReader(source.nodes, original.snapshot.manifest);
  const theirs = new ManifestReader(target.nodes, copy.snapshot.manifest);
  try {
    for await (const [a, b] of pairsOf(ours, theirs)) await learnEntry(a, b);
  } catch (error) {
    if (!isDamage(error) && !isFailure(error, 'store/not-found')) throw error;
  }

  async function learnEntry(a: Entry, b: Entry): Promise<void> {
    if (!isSameFile(a, b)) return;
    const [from, to] = [await idsOf(ours, a), await idsOf(theirs, b)];
    if (from.length !== to.length) return;
    for (let at = 0; at < from.length; at += ID_BYTES) {
      const row = source.index.chunks.find(from, at);
      if (row >= 0 && !source.known.get(row)) source.known.set(row, to, at);
    }
  }
}

/** Entries of the same path. */
async function* pairsOf(a: ManifestReader, b: ManifestReader): AsyncGenerator<[Entry, Entry]> {
  await using left = a.entries();
  await using right = b.entries();
  let [x, y] = [await left.next(), await right.next()];
  while (!x.done && !y.done) {
    const order = compareBytes(x.value.path, y.value.path);
    if (order === 0) yield [x.value, y.value];
    if (order <= 0) x = await left.next();
    if (order >= 0) y = await right.next();
  }
}

function isSameFile(a: Entry, b: Entry): boolean {
  return (
    a.type === EntryType.file &&
    b.type === EntryType.file &&
    a.size === b.size &&
    a.mtimeSec === b.mtimeSec &&
    a.mtimeNs === b.mtimeNs &&
    a.xattrs.length === b.xattrs.length
  );
}

async function idsOf(reader: ManifestReader, entry: Entry): Promise<Uint8Array> {
  if (entry.contentDepth === 0) return entry.content;
  const lists: Uint8Array[] = [];
  for await (const list of reader.contentIds(entry)) lists.push(list);
  return Buffer.concat(lists);
}
