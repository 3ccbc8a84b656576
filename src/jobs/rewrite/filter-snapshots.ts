/**
 * Builds the manifests of many snapshots anew, without what is excluded; what they share is done once.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { compareBytes, toHex } from '../../base/bytes.ts';
import { MiB } from '../../base/units.ts';
import { createPathCutter } from '../../chunker/manifest-cut.ts';
import { createChunkIdentifier } from '../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../crypto/derive.ts';
import { displayPath } from '../../files/path.ts';
import { createSelector } from '../../files/select/selector.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { ManifestRoot, SnapshotTotals } from '../../format/snapshot.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import type { WritingView } from '../../vault/commit/writing-view.ts';
import { loadIndex } from '../../vault/index/load-index.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import { PackSink } from '../../vault/pack/pack-sink.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import { ChunkSaver } from '../repair/snapshots/chunk-saver.ts';
import type { RewriteEvent } from './events.ts';
import type { FilteredManifest } from './filter-manifest.ts';
import { filterManifest } from './filter-manifest.ts';

const CACHE_BYTES = 32 * MiB;
const PROGRESS_MS = 100;

export interface FilterOptions {
  readonly exclude: readonly string[];
  readonly excludeIgnoringCase?: readonly string[];
  readonly dryRun?: boolean;
  readonly reportPaths?: boolean;
  readonly signal: AbortSignal;
}

interface Parts {
  readonly vault: Vault;
  readonly options: FilterOptions;
  readonly emit: (event: RewriteEvent) => void;
  readonly source: NodeSource;
  /** Undefined in a dry run. */
  readonly sink: PackSink | undefined;
  readonly saver: ChunkSaver;
  readonly startsNode: (path: PathKey, averageLog2: number) => boolean;
}

/** One with something in it. */
export type FullManifest = FilteredManifest & { readonly manifest: ManifestRoot };

export class SnapshotFilterer {
  readonly #parts: Parts;
  /** By roots: patterns mean other paths below others. */
  readonly #untouched = new Map<string, Map<string, SnapshotTotals>>();
  /** By roots and manifest: snapshots between which nothing changed have the same. */
  readonly #done = new Map<string, FullManifest>();
  #entriesDone = 0;
  #entriesTotal = 0;
  #progressMs = -Infinity;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws AppError `store/…`, and the damage of an index file */
  static async open(
    vault: Vault,
    { index, avoided }: WritingView,
    options: FilterOptions,
    emit: (event: RewriteEvent) => void,
  ): Promise<SnapshotFilterer> {
    const { signal, dryRun = false } = options;
    // Snapshots that count may lie in condemned packs until the next prune pardons them.
    const readable = avoided.size > 0 ? await loadIndex(vault, { signal }) : index;
    const source = new ChunkLoader(vault, readable, { cacheBytes: CACHE_BYTES, signal });
    const sink = dryRun ? undefined : new PackSink({ vault, signal });
    using keys = deriveDedupKeys(vault.keys.dedupKey);
    const startsNode = keys.manifestCut.use((key) => createPathCutter(Uint8Array.from(key)));
    const saver = new ChunkSaver(index.chunks, createChunkIdentifier(keys.chunkId), sink);
    return new SnapshotFilterer({ vault, options, emit, source, sink, saver, startsNode });
  }

  /** Tells what is to come, for the progress. */
  expect(snapshots: readonly SavedSnapshot[]): void {
    for (const { snapshot } of snapshots) this.#entriesTotal += snapshot.manifest.entries;
  }

  /** @throws AppError `usage` where nothing would be left, `chunk/…`, `object/…`, `format/invalid`, `store/…` */
  async filter({ id, snapshot }: SavedSnapshot): Promise<FullManifest> {
    const { roots, manifest } = snapshot;
    const name = roots.map(toHex).join(' ');
    const key = `${name}/${toHex(manifest.id)}`;
    const known = this.#done.get(key);
    if (known) {
      this.#count(manifest.entries);
      return known;
    }
    const untouched = this.#untouched.get(name) ?? new Map<string, SnapshotTotals>();
    this.#untouched.set(name, untouched);
    const { startsNode, source, saver, options } = this.#parts;
    const { exclude, excludeIgnoringCase } = options;
    const filtered = await filterManifest(manifest, {
      source,
      startsNode,
      firstRoot: [...roots].sort(compareBytes)[0],
      untouched,
      selector: createSelector({ exclude, excludeIgnoringCase, roots }),
      saveNode: (node) => saver.save('meta', node),
      onDropped: (entry) => this.#dropped(entry),
      onNode: (entries) => this.#count(entries),
    });
    if (!filtered.manifest) throw nothingLeft(id);
    const full = { ...filtered, manifest: filtered.manifest };
    this.#done.set(key, full);
    return full;
  }

  /** Waits until all manifests are durable. @returns bytes sent */
  async finish(): Promise<number> {
    const { sink } = this.#parts;
    await sink?.finish();
    return sink?.bytesStored ?? 0;
  }

  /** After a failure: keeps what is durable, so that the next attempt finds it. */
  async salvage(): Promise<void> {
    // It is the first failure that counts.
    await this.#parts.sink?.salvage().catch(() => undefined);
  }

  #dropped({ path, size }: Entry): void {
    const { emit, options } = this.#parts;
    if (!options.reportPaths) return;
    emit({ type: 'path', action: 'excluded', path: displayPath(path), sizeBytes: size });
  }

  #count(entries: number): void {
    const { vault, emit } = this.#parts;
    this.#entriesDone += entries;
    const now = vault.clock();
    if (now - this.#progressMs < PROGRESS_MS) return;
    this.#progressMs = now;
    emit({ type: 'progress', done: this.#entriesDone, total: this.#entriesTotal });
  }
}

function nothingLeft(id: string): AppError {
  return new AppError('usage', `nothing would be left of snapshot ${id}`, {
    hint: `nothing was changed; \`cybs3 forget ${id.slice(0, 8)}\` lets all of it go`,
  });
}
