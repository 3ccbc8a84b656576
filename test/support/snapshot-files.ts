/**
 * What can be had of a snapshot, read file by file with nothing but the manifest reader and the chunk loader.
 * @module
 */
import { createHash } from 'node:crypto';
import { toHex } from '../../src/base/bytes.ts';
import { AppError, isDamage, isFailure } from '../../src/base/failure.ts';
import { displayPath } from '../../src/files/path.ts';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { ChunkLoader } from '../../src/vault/chunk-loader.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import type { NodeSource } from '../../src/vault/manifest/manifest-reader.ts';
import { ManifestReader } from '../../src/vault/manifest/manifest-reader.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';

const ID_BYTES = 32;

/** Path (as people see it) to SHA-256 of the content of a file, or the type of what is none. */
export type SnapshotFiles = ReadonlyMap<string, string>;

/**
 * Reads all files of snapshots. What cannot be read is left out.
 * @param isLost chunks (ids as hex) that are treated as if they could not be read
 */
export async function readSnapshots(
  vault: Vault,
  snapshots: readonly SavedSnapshot[],
  isLost: (id: string) => boolean = () => false,
): Promise<SnapshotFiles[]> {
  const index = await loadIndex(vault, { onDamage: () => undefined });
  const chunks = new ChunkLoader(vault, index, { cacheBytes: 64 << 20 });
  const loader: NodeSource = {
    async load(id) {
      if (isLost(toHex(id))) throw new AppError('chunk/missing', 'it is lost');
      return chunks.load(id);
    },
  };
  const all: SnapshotFiles[] = [];
  for (const { snapshot } of snapshots) {
    const reader = new ManifestReader(loader, snapshot.manifest);
    reader.onDamage = () => undefined;
    all.push(await readFiles(reader, loader));
  }
  return all;
}

async function readFiles(reader: ManifestReader, loader: NodeSource): Promise<SnapshotFiles> {
  const files = new Map<string, string>();
  try {
    for await (const entry of reader.entries()) {
      const content = await contentOf(entry, reader, loader);
      if (content !== undefined) files.set(displayPath(entry.path), content);
    }
  } catch (error) {
    if (!isAboutData(error)) throw error;
  }
  return files;
}

async function contentOf(
  entry: Entry,
  reader: ManifestReader,
  loader: NodeSource,
): Promise<string | undefined> {
  if (entry.type !== EntryType.file) return `type ${entry.type}`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const ids of reader.contentIds(entry)) {
      for (let at = 0; at < ids.length; at += ID_BYTES) {
        const chunk = await loader.load(ids.subarray(at, at + ID_BYTES));
        hash.update(chunk);
        bytes += chunk.length;
      }
    }
  } catch (error) {
    if (!isAboutData(error)) throw error;
    return undefined;
  }
  return bytes === entry.size ? hash.digest('hex') : undefined;
}

function isAboutData(error: unknown): boolean {
  return isDamage(error) || isFailure(error, 'store/not-found', 'store/rejected');
}
