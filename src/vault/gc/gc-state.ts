/**
 * What the records under `gc/` say together: which packs are condemned and until when they are safe, which
 * snapshots are forgotten, and which manifests are about to be committed.
 * @module
 */
import { AppError, isDamage, isFailure } from '../../base/failure.ts';
import { mapConcurrent } from '../../base/flow.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import type {
  ForgottenSnapshot,
  GcRecord,
  PackNames,
  PendingRecord,
} from '../../format/documents/gc-record.ts';
import type { StoredObject } from '../../store/port.ts';
import { decodeGcRecord, encodeGcRecord } from '../../format/documents/gc-record.ts';
import { listObjects } from '../list-ahead.ts';
import type { PackRoom } from '../pack-key.ts';
import { GC_PREFIX, idOfKey, isObjectKey } from '../pack-key.ts';
import { loadSealedFile, named, saveSealedFile } from '../sealed-file.ts';
import type { Vault } from '../vault.ts';

const LOADS_AT_ONCE = 16;
/** Each backup puts one record and takes it away: usually the second listing is whole. */
const LISTINGS_MAX = 20;
const HOUR_MS = 60 * 60 * 1000;

/** A record, and when the store says that it was written. */
export interface StoredRecord<Record_ extends GcRecord = GcRecord> {
  readonly id: string;
  readonly modifiedMs: number | undefined;
  readonly record: Record_;
}

export interface Condemnation {
  readonly room: PackRoom;
  /** From then on, by the store's time, it may be deleted. Undefined where the store tells no times. */
  readonly dueMs: number | undefined;
  /** Who commits before, by the store's time, may rely on it: a prune that deletes it would see the commit. */
  readonly safeUntilMs: number;
  /** Who begins before may expect to commit in time. */
  readonly usableUntilMs: number;
  /** The records that condemn it. */
  readonly records: readonly string[];
}

export interface Tombstone extends ForgottenSnapshot {
  readonly recordId: string;
  readonly forgottenMs: number | undefined;
  /** From then on, by the store's time, it may be deleted. Undefined where the store tells no times. */
  readonly dueMs: number | undefined;
  /** Who begins to take it back before, by the store's time, is seen by whoever deletes it. */
  readonly undeletableUntilMs: number;
}

export interface GcState {
  readonly records: readonly StoredRecord[];
  /** By pack name. Also packs that were deleted by now: a record outlives them by weeks. */
  readonly condemned: ReadonlyMap<string, Condemnation>;
  /** By snapshot name. Also those whose objects were deleted by now. */
  readonly forgotten: ReadonlyMap<string, Tombstone>;
  readonly pending: readonly StoredRecord<PendingRecord>[];
}

export interface LoadGcOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of a record that cannot be read, which is then left out; without it, the error is thrown. */
  readonly onDamage?: (key: string, error: AppError) => void;
  /** Records of a kind that only newer programs know are left out: for readers. */
  readonly skipsUnknown?: boolean;
}

/**
 * All records as they stood together at one moment. Where one was taken away after it was listed, what came in its
 * place may not have been listed: then they are listed anew.
 * @throws AppError `object/…`, `format/invalid` for a damaged record, `vault/unsupported`, `vault/busy` where records
 * come and go too fast, `store/…`
 */
export async function loadGcState(vault: Vault, options: LoadGcOptions = {}): Promise<GcState> {
  const known: KnownRecords = new Map();
  for (let round = 0; round < LISTINGS_MAX; round++) {
    const objects = await listObjects(vault, GC_PREFIX, options.signal);
    const files = objects.filter(({ key }) => isObjectKey(GC_PREFIX, key));
    files.sort((a, b) => (a.key < b.key ? -1 : 1));
    if (!(await loadMissing(vault, files, known, options))) continue;
    const records = files.flatMap(({ key, modifiedMs }): StoredRecord[] => {
      const record = known.get(key);
      return record !== undefined && record !== 'gone'
        ? [{ id: idOfKey(key), modifiedMs, record }]
        : [];
    });
    const state = gcStateOf(records);
    vault.watch?.onRecords(state);
    return state;
  }
  throw new AppError('vault/busy', 'the records under gc/ come and go too fast to be read', {
    hint: 'try again when fewer backups run',
  });
}

/** By key. Undefined: left out. `gone`: listed, and not there. */
type KnownRecords = Map<string, GcRecord | 'gone' | undefined>;

/** Fetches what is not `known` yet. @returns false where something was taken away since it was listed */
async function loadMissing(
  vault: Vault,
  files: readonly StoredObject[],
  known: KnownRecords,
  options: LoadGcOptions,
): Promise<boolean> {
  const missing = files.filter(({ key }) => !known.has(key) || known.get(key) === 'gone');
  let isWhole = true;
  const load = async ({ key }: StoredObject) => {
    return { key, record: await loadRecord(vault, key, options) };
  };
  for await (const { key, record } of mapConcurrent(missing, LOADS_AT_ONCE, load)) {
    // Names are never used again: what is listed once more, and still not there, is a ghost of the listing.
    const isGhost = record === 'gone' && known.get(key) === 'gone';
    if (record === 'gone' && !isGhost) isWhole = false;
    known.set(key, isGhost ? undefined : record);
  }
  return isWhole;
}

/** @returns undefined for one that is left out */
async function loadRecord(
  vault: Vault,
  key: string,
  { signal, onDamage, skipsUnknown = false }: LoadGcOptions,
): Promise<GcRecord | 'gone' | undefined> {
  try {
    const { content } = await loadSealedFile(vault, key, ObjectKind.gc, signal);
    return decodeGcRecord(content, key);
  } catch (error) {
    if (isFailure(error, 'store/not-found')) return 'gone';
    if (skipsUnknown && isFailure(error, 'vault/unsupported')) return undefined;
    const failure = named(error, key);
    if (!onDamage || !isDamage(failure)) throw failure;
    onDamage(key, failure);
    return undefined;
  }
}

/** What records say together; in any order. */
export function gcStateOf(records: readonly StoredRecord[]): GcState {
  const takenBack = new Set(records.flatMap(({ record }) => takenBackBy(record)));
  const condemned = new Map<string, Condemnation>();
  const forgotten = new Map<string, Tombstone>();
  const pending: StoredRecord<PendingRecord>[] = [];
  for (const { id, modifiedMs, record } of records) {
    if (record.type === 'pending') pending.push({ id, modifiedMs, record });
    else if (record.type === 'condemned') {
      const times = timesOf(modifiedMs, record.graceMs);
      for (const [room, name] of eachPack(record.packs)) {
        if (takenBack.has(`${id}/${name}`)) continue;
        condemned.set(name, joined(condemned.get(name), { room, ...times, records: [id] }));
      }
    } else if (record.type === 'forgotten') {
      const { dueMs, safeUntilMs } = timesOf(modifiedMs, record.graceMs);
      const times = { forgottenMs: modifiedMs, dueMs, undeletableUntilMs: safeUntilMs };
      for (const snapshot of record.snapshots) {
        if (takenBack.has(`${id}/${snapshot.id}`)) continue;
        const tombstone = { ...snapshot, recordId: id, ...times };
        const known = forgotten.get(snapshot.id);
        if (!known || isEarlier(tombstone, known)) forgotten.set(snapshot.id, tombstone);
      }
    }
  }
  return { records, condemned, forgotten, pending };
}

/** `<record>/<name>` of everything that a record takes back. */
function takenBackBy(record: GcRecord): string[] {
  if (record.type === 'undeleted') return record.snapshots.map((id) => `${record.record}/${id}`);
  if (record.type !== 'pardoned') return [];
  return [...eachPack(record.packs)].map(([, name]) => `${record.record}/${name}`);
}

export function* eachPack({ data, meta }: PackNames): Generator<[PackRoom, string]> {
  for (const name of data) yield ['data', name];
  for (const name of meta) yield ['meta', name];
}

const UNKNOWN_TIMES = { dueMs: undefined, safeUntilMs: -Infinity, usableUntilMs: -Infinity };

/** Clocks of a store's machines may be apart, and writing takes time: a part of the grace is no grace. */
function timesOf(modifiedMs: number | undefined, graceMs: number) {
  if (modifiedMs === undefined) return UNKNOWN_TIMES;
  const dueMs = modifiedMs + graceMs;
  const safeUntilMs = dueMs - Math.min(HOUR_MS, graceMs / 4);
  return { dueMs, safeUntilMs, usableUntilMs: modifiedMs + graceMs / 2 };
}

/** Of a pack that several records condemn, the one counts that is due first. */
function joined(known: Condemnation | undefined, next: Condemnation): Condemnation {
  if (!known) return next;
  const dueMs = Math.min(known.dueMs ?? Infinity, next.dueMs ?? Infinity);
  return {
    room: known.room,
    dueMs: dueMs === Infinity ? undefined : dueMs,
    safeUntilMs: Math.min(known.safeUntilMs, next.safeUntilMs),
    usableUntilMs: Math.min(known.usableUntilMs, next.usableUntilMs),
    records: [...known.records, ...next.records],
  };
}

function isEarlier(a: Tombstone, b: Tombstone): boolean {
  return (a.dueMs ?? Infinity) < (b.dueMs ?? Infinity);
}

/** Stores a record. @returns its name */
export async function saveGcRecord(
  vault: Vault,
  record: GcRecord,
  signal?: AbortSignal,
): Promise<string> {
  const content = encodeGcRecord(record);
  return (await saveSealedFile(vault, GC_PREFIX, ObjectKind.gc, content, signal)).id;
}
