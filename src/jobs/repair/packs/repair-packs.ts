/**
 * Salvages what can be read of damaged packs: into new packs, then into the index. Only then the damaged packs leave
 * the index and are condemned; a prune deletes them after its grace.
 * @module
 */
import { eventsOf } from '../../../base/event-queue.ts';
import { AppError, isDamage, isFailure } from '../../../base/failure.ts';
import { MiB } from '../../../base/units.ts';
import { createChunkIdentifier } from '../../../crypto/chunk-id.ts';
import { ObjectKind, decodeHeader, objectName } from '../../../crypto/sealed/header.ts';
import { deriveDedupKeys } from '../../../crypto/derive.ts';
import { GC_NAMES_MAX } from '../../../format/documents/gc-record.ts';
import { loadGcState, saveGcRecord } from '../../../vault/gc/gc-state.ts';
import { loadIndex } from '../../../vault/index/load-index.ts';
import type { PackRoom } from '../../../vault/pack-key.ts';
import { packKey } from '../../../vault/pack-key.ts';
import type { PackSink } from '../../../vault/pack/pack-sink.ts';
import type { Vault } from '../../../vault/vault.ts';
import { GRACE_MS_DEFAULT } from '../../prune/options.ts';
import type { RepairAction, RepairPacksEvent } from '../events.ts';
import type { IndexFile } from '../index/index-files.ts';
import { listIndexFiles, packsIn, readIndexFiles, rewriteWithout } from '../index/index-files.ts';
import { listPacks } from '../list-packs.ts';
import { assertMayWrite, removeObject } from '../remove-object.ts';
import { withSink } from '../with-sink.ts';
import type { ChunkRow } from './damaged-pack.ts';
import { DamagedPack, rowsOfDirectory } from './damaged-pack.ts';
import { IndexedRows } from './indexed-rows.ts';
import { damagedPacks, namedPacks } from './packs-to-mend.ts';

/** No writer makes longer ones: 128 MiB of plaintext, and what sealing adds. */
const PACK_BYTES_MAX = 129 * MiB;

export interface RepairPacksOptions {
  /** Keys, names or beginnings of names. Without any, a full read check finds them. */
  readonly packs?: readonly string[];
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  /** Until a prune may delete them; 24 hours by default. */
  readonly graceMs?: number | undefined;
  readonly signal?: AbortSignal;
}

/**
 * What is lost all the same is healed by a later backup that still has it, or is taken out of the snapshots by
 * `repairSnapshots`.
 * @throws AppError `usage` for packs that are none, `store/…`, `interrupted`, `object/…` for a damaged index file.
 *   What was written until then stays, and does no harm.
 */
export async function* repairPacks(
  vault: Vault,
  options: RepairPacksOptions = {},
): AsyncGenerator<RepairPacksEvent> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  yield* eventsOf<RepairPacksEvent>(
    (emit) => new PackRepair(vault, options, signal, emit).run(),
    () => stop.abort(),
  );
}

/** A pack that is to be mended. */
interface Target {
  readonly id: string;
  readonly room: PackRoom;
  /** As the store lists it; undefined where it is gone. */
  readonly listedBytes: number | undefined;
}

class PackRepair {
  readonly #vault: Vault;
  readonly #options: RepairPacksOptions;
  readonly #signal: AbortSignal;
  readonly #emit: (event: RepairPacksEvent) => void;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;
  /** Ids of chunks that cannot be read, as hex: as many as are damaged. */
  readonly #unread = new Set<string>();
  readonly #salvaged = new Set<string>();
  #bytesSalvaged = 0;

  constructor(
    vault: Vault,
    options: RepairPacksOptions,
    signal: AbortSignal,
    emit: (event: RepairPacksEvent) => void,
  ) {
    this.#vault = vault;
    this.#options = options;
    this.#signal = signal;
    this.#emit = emit;
    using keys = deriveDedupKeys(vault.keys.dedupKey);
    this.#identify = createChunkIdentifier(keys.chunkId);
  }

  async run(): Promise<void> {
    const startedMs = this.#vault.clock();
    const { dryRun = false } = this.#options;
    if (!dryRun) assertMayWrite(this.#vault);
    const { targets, rows, files } = await this.#findTargets();
    const mended = await this.#salvage(targets, rows, dryRun);
    if (!dryRun && mended.length > 0) {
      const dropped = new Set(mended.map(({ id }) => id));
      await this.#dropFromIndex(files, (id) => dropped.has(id));
      await this.#condemn(mended);
    }
    const chunksLost = await this.#countLost(mended);
    this.#emit({
      type: 'summary',
      repair: 'packs',
      dryRun,
      remaining: chunksLost,
      packsDamaged: mended.length,
      chunksSalvaged: this.#salvaged.size,
      bytesSalvaged: this.#bytesSalvaged,
      chunksLost,
      durationMs: this.#vault.clock() - startedMs,
    });
  }

  async #findTargets() {
    const { packs: wanted = [] } = this.#options;
    const [vault, signal] = [this.#vault, this.#signal];
    const found = wanted.length > 0 ? undefined : await this.#check();
    const listed = await listPacks(vault, signal);
    const keys = await listIndexFiles(vault, signal);
    // Without an index that can be read nobody knows whether chunks are also elsewhere.
    const onDamage = (_: string, error: AppError): void => {
      throw new AppError(error.code, error.message, { hint: 'run `cybs3 repair index` first' });
    };
    const rooms = new Map<string, PackRoom>();
    const isNamed = (id: string): boolean => found?.has(id) ?? true;
    for await (const { columns } of readIndexFiles(vault, keys, onDamage, signal)) {
      for (const { id, room } of packsIn(columns)) if (isNamed(id)) rooms.set(id, room);
    }
    const known = new Set([...listed.keys(), ...rooms.keys()]);
    const ids = found ?? namedPacks(wanted, known);
    const targets = [...ids].sort().map((id): Target => {
      const room = listed.get(id)?.room ?? rooms.get(id) ?? 'data';
      return { id, room, listedBytes: listed.get(id)?.sealedBytes };
    });
    const rows = new IndexedRows(ids);
    const files: string[] = [];
    for await (const { key, columns } of readIndexFiles(vault, keys, onDamage, signal)) {
      if (rows.add(columns)) files.push(key);
    }
    return { targets, rows, files };
  }

  #check(): Promise<Set<string>> {
    const onProgress = (progress: { done: number; total: number; stage: string }): void => {
      const { done, total } = progress;
      const stage = progress.stage === 'data' ? 'packs' : 'index';
      this.#emit({ type: 'progress', stage, done, total, bytesDone: 0, bytesTotal: 0 });
    };
    return damagedPacks(this.#vault, onProgress, this.#signal);
  }

  /** @returns those of the packs that are damaged, or gone; what could be read of them is durable */
  async #salvage(targets: readonly Target[], rows: IndexedRows, dryRun: boolean) {
    return withSink(this.#vault, { dryRun, signal: this.#signal }, async (sink) => {
      const mended: Target[] = [];
      for (const [done, target] of targets.entries()) {
        const total = targets.length;
        this.#emit({ type: 'progress', stage: 'packs', done, total, bytesDone: 0, bytesTotal: 0 });
        if (await this.#salvagePack(target, rows, sink)) mended.push(target);
      }
      return mended;
    });
  }

  /** @returns false where nothing is wrong with it */
  async #salvagePack(target: Target, rows: IndexedRows, sink?: PackSink): Promise<boolean> {
    const { room, id } = target;
    const key = packKey(room, id);
    const sealedBytes = rows.sealedBytesOf(id);
    const sealed = await this.#fetch(target, key);
    if (!sealed) {
      for (const row of rows.of(id)) this.#unread.add(hexOf(row));
      this.#step('pack-dropped', key, 'the pack is gone: the index names it no more');
      return true;
    }
    const other = this.#misplaced(target, sealed, rows);
    if (other) {
      for (const row of rows.of(id)) this.#unread.add(hexOf(row));
      await this.#keepChunks(key, other.room, other.pack, rowsOf(other.pack, rows, other.id), sink);
      return true;
    }
    const pack = this.#open(target, sealed, rows);
    const isAsLong = sealedBytes === undefined || sealedBytes === target.listedBytes;
    if (isAsLong && pack.isWhole && isAsIndexed(pack, rows, id)) {
      this.#step('pack-sound', key, 'nothing is wrong with it: it is left alone');
      return false;
    }
    await this.#keepChunks(key, room, pack, rowsOf(pack, rows, id), sink);
    return true;
  }

  /** Of packs that changed places each holds what another should: that is lost under that one's name. */
  #misplaced({ id }: Target, sealed: Uint8Array, rows: IndexedRows) {
    const own = packNamedIn(sealed);
    if (!own || own.id === id) return undefined;
    const pack = this.#open(own, sealed, rows);
    return pack.hasHeader ? { ...own, pack } : undefined;
  }

  #open({ room, id }: Pick<Target, 'room' | 'id'>, sealed: Uint8Array, rows: IndexedRows) {
    const [{ keys }, identify] = [this.#vault, this.#identify];
    return new DamagedPack({
      room,
      id,
      sealed,
      sealedBytes: rows.sealedBytesOf(id),
      keys,
      identify,
    });
  }

  async #keepChunks(
    key: string,
    room: PackRoom,
    pack: DamagedPack,
    rows: Iterable<ChunkRow>,
    sink: PackSink | undefined,
  ): Promise<void> {
    let [kept, lost] = [0, 0];
    for (const row of rows) {
      const chunk = pack.chunk(row);
      if (!chunk) {
        lost++;
        this.#unread.add(hexOf(row));
        continue;
      }
      kept++;
      if (this.#salvaged.has(hexOf(row))) continue;
      await sink?.addStored(room, chunk.id, chunk.stored, chunk.rawBytes);
      this.#salvaged.add(hexOf(row));
      this.#bytesSalvaged += chunk.rawBytes;
    }
    const what = `${kept} of ${kept + lost} chunks in it can be read`;
    this.#step('pack-salvaged', key, kept + lost > 0 ? what : 'nothing in it can be read');
  }

  /** @returns undefined where it is gone; no more of it than a pack can be long */
  async #fetch({ listedBytes = 0 }: Target, key: string): Promise<Uint8Array | undefined> {
    const signal = this.#signal;
    const range = { offset: 0, length: PACK_BYTES_MAX };
    const options = listedBytes > PACK_BYTES_MAX ? { range, signal } : { signal };
    try {
      return await this.#vault.store.get(key, options);
    } catch (error) {
      if (isFailure(error, 'store/not-found')) return undefined;
      // The store itself says that it is not what was written, and gives nothing of it.
      if (isFailure(error, 'store/checksum')) return new Uint8Array(0);
      throw error;
    }
  }

  async #dropFromIndex(files: readonly string[], isDropped: (id: string) => boolean) {
    const onDamage = (_: string, error: AppError): void => {
      throw error;
    };
    for await (const file of readIndexFiles(this.#vault, files, onDamage, this.#signal)) {
      await this.#replaceFile(file, isDropped);
    }
  }

  async #replaceFile(file: IndexFile, isDropped: (id: string) => boolean): Promise<void> {
    const key = await rewriteWithout(this.#vault, file, isDropped, this.#signal);
    if (key !== undefined) this.#step('index-written', key, `in place of ${file.key}`);
    const kept = await removeObject(this.#vault, file.key, this.#signal);
    if (kept === undefined) this.#step('index-removed', file.key, 'it is replaced');
    else this.#emit({ type: 'notice', message: kept });
  }

  async #condemn(mended: readonly Target[]): Promise<void> {
    const [vault, signal] = [this.#vault, this.#signal];
    const { condemned } = await loadGcState(vault, { signal, onDamage: () => undefined });
    const stored = mended.filter(
      ({ id, listedBytes }) => listedBytes !== undefined && !condemned.has(id),
    );
    for (let at = 0; at < stored.length; at += GC_NAMES_MAX) {
      const some = stored.slice(at, at + GC_NAMES_MAX);
      const names = (room: PackRoom) =>
        some.filter((target) => target.room === room).map(({ id }) => id);
      const packs = { data: names('data'), meta: names('meta') };
      const { graceMs = GRACE_MS_DEFAULT } = this.#options;
      const timeMs = vault.clock();
      await saveGcRecord(vault, { type: 'condemned', timeMs, graceMs, packs }, signal);
    }
    for (const { room, id } of stored) {
      this.#step('pack-condemned', packKey(room, id), 'a later prune deletes what is left of it');
    }
  }

  /** Chunks that no other pack has, as far as the index knows. */
  async #countLost(mended: readonly Target[]): Promise<number> {
    const unread = [...this.#unread].filter((id) => !this.#salvaged.has(id));
    if (unread.length === 0) return 0;
    const dropped = new Set(mended.map(({ id }) => id));
    const isAvoided = (id: string): boolean => dropped.has(id);
    const { chunks } = await loadIndex(this.#vault, { signal: this.#signal, isAvoided });
    return unread.filter((id) => chunks.find(Buffer.from(id, 'hex')) < 0).length;
  }

  #step(action: RepairAction, subject: string, message: string): void {
    this.#emit({ type: 'step', action, subject, message });
  }
}

/** Which pack an object says that it is; undefined where it says nothing that can be understood. */
function packNamedIn(sealed: Uint8Array): Pick<Target, 'room' | 'id'> | undefined {
  try {
    const { kind, salt } = decodeHeader(sealed);
    if (kind !== ObjectKind.dataPack && kind !== ObjectKind.metaPack) return undefined;
    return { room: kind === ObjectKind.metaPack ? 'meta' : 'data', id: objectName(salt) };
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

function rowsOf(pack: DamagedPack, rows: IndexedRows, id: string): Iterable<ChunkRow> {
  return pack.directory ? rowsOfDirectory(pack.directory) : rows.of(id);
}

/** Whether directory, index and chunks of a pack agree. */
function isAsIndexed(pack: DamagedPack, rows: IndexedRows, id: string): boolean {
  if (!pack.directory) return false;
  const own = new Map<string, string>();
  for (const row of rowsOfDirectory(pack.directory)) {
    if (!pack.chunk(row)) return false;
    own.set(hexOf(row), placeOf(row));
  }
  let named = 0;
  for (const row of rows.of(id)) {
    named++;
    if (own.get(hexOf(row)) !== placeOf(row)) return false;
  }
  // A pack that no file names may wait for its index file: that it is not named is no damage.
  return named > 0 || own.size === 0 || rows.sealedBytesOf(id) === undefined;
}

function placeOf({ offset, codec, storedBytes, rawBytes }: ChunkRow): string {
  return `${offset} ${codec} ${storedBytes} ${rawBytes}`;
}

function hexOf({ id }: ChunkRow): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex');
}
