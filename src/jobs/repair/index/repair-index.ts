/**
 * Makes the index anew from the packs: reads the directories of those that no readable index file names, and takes
 * out packs that are gone. What replaces an index file is durable before that file is removed.
 * @module
 */
import { eventsOf } from '../../../base/event-queue.ts';
import { AppError, isDamage, isFailure } from '../../../base/failure.ts';
import { forEachConcurrent, mapConcurrent } from '../../../base/flow.ts';
import type { DurablePack } from '../../../vault/index/index-writer.ts';
import { IndexWriter, columnsOf } from '../../../vault/index/index-writer.ts';
import { loadIndex } from '../../../vault/index/load-index.ts';
import { PackDirectory } from '../../../format/pack.ts';
import type { GcState } from '../../../vault/gc/gc-state.ts';
import { isPruneAtWork } from '../../../vault/gc/is-prune-at-work.ts';
import { loadGcState } from '../../../vault/gc/gc-state.ts';
import { packKey } from '../../../vault/pack-key.ts';
import type { PackAddress } from '../../../vault/pack/segment-reader.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { RepairAction, RepairIndexEvent } from '../events.ts';
import { listPacks } from '../list-packs.ts';
import { assertMayWrite, removeObject } from '../remove-object.ts';
import { filterIndex } from './filter-index.ts';
import type { IndexFile } from './index-files.ts';
import {
  listIndexFiles,
  packsIn,
  readIndexFiles,
  rewriteWithout,
  writeIndexFile,
} from './index-files.ts';
import { readDirectory } from './read-directory.ts';

/** Directories being read: a few requests and at most a few MiB each. */
const READS_AT_ONCE = 12;
const HEADS_AT_ONCE = 12;
/** Directories that wait for an index file take about 20 MB at this many chunks. */
const FLUSH_CHUNKS = 400_000;

export interface RepairIndexOptions {
  /** Reads every pack, and replaces every index file. */
  readonly all?: boolean;
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Packs that cannot be read are named and left alone.
 * @throws AppError `store/…`, `interrupted`, `vault/unsupported` where a newer program's records forbid it. What was
 *   written until then stays, and does no harm.
 */
export async function* repairIndex(
  vault: Vault,
  options: RepairIndexOptions = {},
): AsyncGenerator<RepairIndexEvent> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  yield* eventsOf<RepairIndexEvent>(
    (emit) => new IndexRepair(vault, options, signal, emit).run(),
    () => stop.abort(),
  );
}

/** What the index files say, and how that fits what is stored. */
interface Survey {
  readonly keys: readonly string[];
  readonly damaged: readonly string[];
  /** Packs that readable files name. */
  readonly named: ReadonlySet<string>;
  /** Those of them that the store does not have. */
  readonly gone: ReadonlySet<string>;
}

class IndexRepair {
  readonly #vault: Vault;
  readonly #options: RepairIndexOptions;
  readonly #signal: AbortSignal;
  readonly #emit: (event: RepairIndexEvent) => void;
  readonly #writer: IndexWriter;
  /** By name: why a pack's directory cannot be read. */
  readonly #unreadable = new Set<string>();
  #packsRead = 0;
  #packsIndexed = 0;
  #chunksIndexed = 0;
  #filesRemoved = 0;

  constructor(
    vault: Vault,
    options: RepairIndexOptions,
    signal: AbortSignal,
    emit: (event: RepairIndexEvent) => void,
  ) {
    this.#vault = vault;
    this.#options = options;
    this.#signal = signal;
    this.#emit = emit;
    this.#writer = new IndexWriter(vault);
  }

  async run(): Promise<void> {
    const startedMs = this.#vault.clock();
    const { all = false, dryRun = false } = this.#options;
    if (!dryRun) assertMayWrite(this.#vault);
    // Packs before the index: what an index file names that came since is asked for by itself.
    const packs = await listPacks(this.#vault, this.#signal);
    const gc = await this.#loadGc();
    const survey = await this.#survey(packs);
    const wanted = [...packs.values()].filter(({ id }) => all || !survey.named.has(id));
    // A condemned pack that a file names may be needed, and stays as it is named. One that no file names waits for
    // its end; only where files were lost something in it may be needed.
    const isWaiting = ({ id }: PackAddress): boolean =>
      gc.condemned.has(id) && !survey.named.has(id);
    await this.#indexPacks(wanted.filter((pack) => !isWaiting(pack)));
    const isLost = survey.damaged.length > 0 || survey.keys.length === 0;
    if (isLost) await this.#indexCondemned(wanted.filter(isWaiting));
    await this.#replaceFiles(survey, packs, gc);
    this.#emit({
      type: 'summary',
      repair: 'index',
      dryRun,
      remaining: this.#unreadable.size,
      packsRead: this.#packsRead,
      packsIndexed: this.#packsIndexed,
      packsUnreadable: this.#unreadable.size,
      packsDropped: survey.gone.size,
      chunksIndexed: this.#chunksIndexed,
      filesDamaged: survey.damaged.length,
      filesRemoved: this.#filesRemoved,
      durationMs: this.#vault.clock() - startedMs,
    });
  }

  #loadGc(): Promise<GcState> {
    const onDamage = (_key: string, { message }: AppError): void => {
      this.#emit({ type: 'notice', message });
    };
    return loadGcState(this.#vault, { signal: this.#signal, onDamage });
  }

  async #survey(packs: ReadonlyMap<string, PackAddress>): Promise<Survey> {
    const keys = await listIndexFiles(this.#vault, this.#signal);
    const damaged: string[] = [];
    const named = new Set<string>();
    const missing = new Map<string, string>();
    const onDamage = (key: string, { message }: AppError): void => {
      damaged.push(key);
      this.#emit({ type: 'notice', message });
    };
    for await (const { columns } of readIndexFiles(this.#vault, keys, onDamage, this.#signal)) {
      for (const { id, room } of packsIn(columns)) {
        named.add(id);
        if (!packs.has(id)) missing.set(id, packKey(room, id));
      }
    }
    return { keys, damaged, named, gone: await this.#confirmGone(missing) };
  }

  /** A backup that runs may have stored and named a pack since the packs were listed. */
  async #confirmGone(missing: ReadonlyMap<string, string>): Promise<Set<string>> {
    const gone = new Set<string>();
    await forEachConcurrent(missing, HEADS_AT_ONCE, async ([id, key]) => {
      if (await this.#vault.store.head(key, this.#signal)) return;
      gone.add(id);
      this.#step('pack-dropped', key, 'the pack is gone: the index names it no more');
    });
    return gone;
  }

  async #indexPacks(packs: readonly PackAddress[]): Promise<void> {
    for await (const pack of this.#directories(packs)) {
      this.#note(pack, new PackDirectory(pack.directory).count);
      if (this.#options.dryRun) continue;
      this.#writer.add(pack);
      if (this.#writer.pendingChunks >= FLUSH_CHUNKS) await this.#writer.flush(this.#signal);
    }
    if (this.#writer.pendingPacks > 0) await this.#writer.flush(this.#signal);
  }

  /** Of condemned packs count only the chunks that are nowhere else: they may be what damaged packs left. */
  async #indexCondemned(packs: readonly PackAddress[]): Promise<void> {
    if (packs.length === 0) return;
    const { chunks } = await loadIndex(this.#vault, {
      signal: this.#signal,
      onDamage: () => undefined,
    });
    for await (const pack of this.#directories(packs)) {
      const all = columnsOf([pack], new PackDirectory(pack.directory).count);
      const kept = filterIndex(
        all,
        () => true,
        (row) => chunks.find(all.chunkIds, row * 32) < 0,
      );
      if (kept.codecs.length === 0) continue;
      this.#note(pack, kept.codecs.length);
      if (!this.#options.dryRun) await writeIndexFile(this.#vault, kept, this.#signal);
    }
  }

  #note(pack: DurablePack, chunks: number): void {
    this.#packsIndexed++;
    this.#chunksIndexed += chunks;
    this.#step('pack-indexed', packKey(pack.room, pack.id), `${chunks} chunks in it`);
  }

  async *#directories(packs: readonly PackAddress[]): AsyncGenerator<DurablePack> {
    const bytesTotal = packs.reduce((sum, { sealedBytes }) => sum + sealedBytes, 0);
    let [done, bytesDone] = [0, 0];
    const read = (pack: PackAddress) => this.#tryRead(pack);
    for await (const { pack, directory } of mapConcurrent(packs, READS_AT_ONCE, read)) {
      done++;
      bytesDone += pack.sealedBytes;
      const total = packs.length;
      this.#emit({ type: 'progress', stage: 'packs', done, total, bytesDone, bytesTotal });
      if (directory) yield directory;
    }
  }

  async #tryRead(pack: PackAddress) {
    const key = packKey(pack.room, pack.id);
    try {
      const directory = await readDirectory(this.#vault, pack, this.#signal);
      this.#packsRead++;
      return { pack, directory };
    } catch (error) {
      // Gone since it was listed: a prune took it.
      if (isFailure(error, 'store/not-found')) return { pack };
      if (!isDamage(error)) throw error;
      this.#unreadable.add(pack.id);
      this.#step('pack-unreadable', key, error.message);
      return { pack };
    }
  }

  async #replaceFiles(
    survey: Survey,
    packs: ReadonlyMap<string, PackAddress>,
    gc: GcState,
  ): Promise<void> {
    const { all = false } = this.#options;
    const readable = survey.keys.filter((key) => !survey.damaged.includes(key));
    // Everything that was named is named again by now, but for packs that no directory could be read of.
    const isDropped = (id: string): boolean =>
      survey.gone.has(id) || (all && packs.has(id) && !this.#unreadable.has(id));
    const files = all || survey.gone.size > 0 ? readable : [];
    const replaced: string[] = [];
    for await (const file of readIndexFiles(this.#vault, files, () => undefined, this.#signal)) {
      if (!packsIn(file.columns).some(({ id }) => isDropped(id))) continue;
      await this.#rewrite(file, isDropped);
      replaced.push(file.key);
    }
    await this.#assertAlone(survey, gc);
    for (const key of replaced) await this.#remove(key, 'it is replaced');
    for (const key of survey.damaged) {
      await this.#remove(key, 'it cannot be read, and what it named is named by others');
    }
  }

  async #rewrite(file: IndexFile, isDropped: (id: string) => boolean): Promise<void> {
    if (this.#options.dryRun) return;
    const key = await rewriteWithout(this.#vault, file, isDropped, this.#signal);
    if (key !== undefined) this.#step('index-written', key, `in place of ${file.key}`);
  }

  /**
   * A prune that ran meanwhile may have moved chunks that are told of by the old files only. What was written is no
   * harm then: it says too much, not too little.
   */
  async #assertAlone({ keys }: Survey, before: GcState): Promise<void> {
    const records = new Set(before.records.map(({ id }) => id));
    const now = await this.#loadGc();
    const seen = { records, files: keys, now };
    if (!(await isPruneAtWork(this.#vault, seen, this.#signal))) return;
    throw new AppError('vault/busy', 'a prune ran meanwhile: the old index files stay', {
      hint: 'nothing is lost: run it again',
    });
  }

  async #remove(key: string, why: string): Promise<void> {
    const { dryRun = false } = this.#options;
    const kept = dryRun ? undefined : await removeObject(this.#vault, key, this.#signal);
    if (kept !== undefined) {
      this.#emit({ type: 'notice', message: kept });
      return;
    }
    this.#filesRemoved++;
    this.#step('index-removed', key, why);
  }

  #step(action: RepairAction, subject: string, message: string): void {
    this.#emit({ type: 'step', action, subject, message });
  }
}
