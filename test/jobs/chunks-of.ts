/**
 * Everything that a snapshot needs, found by reading all of it: what clever counting is compared with.
 * @module
 */
import { toHex } from '../../src/base/bytes.ts';
import { EntryType } from '../../src/format/entry.ts';
import { decodeEntries, decodeFences } from '../../src/format/manifest-node.ts';
import { ChunkLoader } from '../../src/vault/chunk-loader.ts';
import type { VaultIndex } from '../../src/vault/index/load-index.ts';
import type { NodeSource } from '../../src/vault/manifest/manifest-reader.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';

/** The ids in hex of all chunks that a snapshot needs: nodes, lists, and those of files. */
export async function chunksOf(
  vault: Vault,
  index: VaultIndex,
  { snapshot: { manifest } }: SavedSnapshot,
): Promise<Set<string>> {
  const loader = new ChunkLoader(vault, index, { cacheBytes: 1 << 24 });
  const needed = new Set<string>();
  const visit = async (id: Uint8Array, level: number): Promise<void> => {
    needed.add(toHex(id));
    const node = await loader.load(id);
    if (level > 0) {
      for (const fence of decodeFences(node, level)) await visit(fence.id, level - 1);
      return;
    }
    for (const entry of decodeEntries(node)) {
      if (entry.type !== EntryType.file) continue;
      for (const chunk of await fileChunks(loader, entry)) needed.add(chunk);
      if (entry.contentDepth === 1) for (const list of idsIn(entry.content)) needed.add(list);
    }
  };
  await visit(manifest.id, manifest.level);
  return needed;
}

/** The ids in hex of a file's chunks. */
export async function fileChunks(
  source: NodeSource,
  { contentDepth, content }: { readonly contentDepth: 0 | 1; readonly content: Uint8Array },
): Promise<string[]> {
  if (contentDepth === 0) return idsIn(content);
  const chunks: string[] = [];
  for (const list of idsIn(content)) {
    chunks.push(...idsIn(await source.load(Buffer.from(list, 'hex'))));
  }
  return chunks;
}

function idsIn(ids: Uint8Array): string[] {
  const text = toHex(ids);
  return Array.from({ length: ids.length / 32 }, (_, i) => text.slice(64 * i, 64 * (i + 1)));
}

/** Sums over the chunks of a set, as the index tells their sizes. */
export function sumOf({ chunks, packs }: VaultIndex, ids: Iterable<string>) {
  const data = { chunks: 0, rawBytes: 0, storedBytes: 0 };
  const metadata = { ...data };
  for (const id of ids) {
    const row = chunks.find(Buffer.from(id, 'hex'));
    const sums = packs.kindOf(chunks.packOf(row)) === 'meta' ? metadata : data;
    sums.chunks++;
    sums.rawBytes += chunks.rawBytesOf(row);
    sums.storedBytes += chunks.storedBytesOf(row);
  }
  return { data, metadata };
}

export function union(sets: readonly ReadonlySet<string>[]): Set<string> {
  return new Set(sets.flatMap((one) => [...one]));
}

/** What is in the one set and not in the other. */
export function minus(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  return new Set([...one].filter((item) => !other.has(item)));
}
