/**
 * Restores everything that is shown, by the code that readers use, and compares it with the virtual trees byte for
 * byte.
 * @module
 */
import { compareBytes, toHex } from '../../../src/base/bytes.ts';
import { isFailure, messageOf } from '../../../src/base/failure.ts';
import { ChunkLoader } from '../../../src/vault/chunk-loader.ts';
import { isLate } from '../../../src/vault/commit/came-too-late.ts';
import { loadGcState } from '../../../src/vault/gc/gc-state.ts';
import { loadIndex } from '../../../src/vault/index/load-index.ts';
import { ManifestReader } from '../../../src/vault/manifest/manifest-reader.ts';
import type { SavedSnapshot } from '../../../src/vault/snapshots.ts';
import { listStoredSnapshots, loadSnapshot, loadSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { Tree } from '../work/tree.ts';
import { chunkBytes } from '../work/tree.ts';
import type { Ledger } from './ledger.ts';
import { Violation } from './violation.ts';

const CACHE_BYTES = 16 * 1024 * 1024;
const ID_BYTES = 32;

/**
 * @param vault over the store as it truly is
 * @returns the chunks (hex) that all of it needs
 * @throws Violation `lost`, `broken-snapshot`
 */
export async function restoreAll(vault: Vault, ledger: Ledger): Promise<Set<string>> {
  const { snapshots, damaged } = await loadSnapshots(vault);
  if (damaged[0]) throw new Violation('lost', `a snapshot is damaged: ${damaged[0].error.message}`);
  const index = await loadIndex(vault);
  const shown = new Set(snapshots.map(({ id }) => id));
  const missing = ledger.promised.find(({ id }) => !shown.has(id));
  if (missing) throw new Violation('lost', `snapshot ${missing.id.slice(0, 8)} is not shown`);
  const source = new KnowingSource(new ChunkLoader(vault, index, { cacheBytes: CACHE_BYTES }));
  const late = await lateSnapshots(vault);
  for (const saved of snapshots) {
    const promised = ledger.find(saved.id);
    try {
      await restoreOne(source, saved, promised?.tree);
    } catch (error) {
      if (error instanceof Violation || !isFailure(error)) throw error;
      // A prune is to see to it.
      if (late.has(saved.id) && !promised?.isPromised) continue;
      const what = `snapshot ${saved.id.slice(0, 8)}: ${messageOf(error)}`;
      throw new Violation(promised?.isPromised ? 'lost' : 'broken-snapshot', what);
    }
  }
  return source.known;
}

/** Ids of those that came too late, whose writers died before they could take them back. */
async function lateSnapshots(vault: Vault): Promise<Set<string>> {
  const gc = await loadGcState(vault);
  const stored = await listStoredSnapshots(vault);
  return new Set(stored.filter((one) => isLate(one, gc)).map(({ id }) => id));
}

/**
 * The chunks (hex) that one snapshot needs.
 * @param vault over the store as it truly is
 */
export async function needsOf(vault: Vault, id: string): Promise<Set<string>> {
  const saved = await loadSnapshot(vault, id);
  const index = await loadIndex(vault);
  const source = new KnowingSource(new ChunkLoader(vault, index, { cacheBytes: CACHE_BYTES }));
  await restoreOne(source, saved, undefined);
  return source.known;
}

/** Loads each chunk once, however many snapshots share it. */
class KnowingSource {
  readonly #loader: ChunkLoader;
  readonly #chunks = new Map<string, Uint8Array>();

  constructor(loader: ChunkLoader) {
    this.#loader = loader;
  }

  get known(): Set<string> {
    return new Set(this.#chunks.keys());
  }

  async load(id: Uint8Array): Promise<Uint8Array> {
    const name = toHex(id);
    let chunk = this.#chunks.get(name);
    if (!chunk) this.#chunks.set(name, (chunk = await this.#loader.load(id)));
    return chunk;
  }
}

async function restoreOne(
  source: KnowingSource,
  { id, snapshot }: SavedSnapshot,
  tree: Tree | undefined,
): Promise<void> {
  const reader = new ManifestReader(source, snapshot.manifest);
  const wrong = (what: string) =>
    new Violation('lost', `snapshot ${id.slice(0, 8)} does not restore as it was: ${what}`);
  let files = 0;
  for await (const entry of reader.entries()) {
    const path = Buffer.from(entry.path).toString('latin1');
    const chunks: Uint8Array[] = [];
    for await (const ids of reader.contentIds(entry)) {
      for (let at = 0; at < ids.length; at += ID_BYTES) {
        chunks.push(await source.load(ids.subarray(at, at + ID_BYTES)));
      }
    }
    files++;
    if (!tree) continue;
    const file = tree.get(path);
    if (!file) throw wrong(`${path} is too much`);
    const isSame =
      file.version === entry.mtimeSec &&
      file.chunks.length === chunks.length &&
      file.chunks.every((n, i) => compareBytes(chunkBytes(n), chunks[i] as Uint8Array) === 0);
    if (!isSame) throw wrong(`${path} is another`);
  }
  if (tree && files !== tree.size) throw wrong(`${tree.size - files} files are missing`);
}
