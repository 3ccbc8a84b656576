/**
 * Records under `gc/`: what was forgotten, condemned and taken back. Framed JSON in sealed objects, never changed:
 * a later record takes an earlier one back by its name. When a record was written is told by the store, and by
 * nobody else's clock.
 * @module
 */
import { fromHex, toHex } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import type { ManifestRoot } from '../snapshot.ts';
import { MANIFEST_LEVELS_MAX } from '../manifest-node.ts';
import { JsonReader, encodeJson } from './json.ts';

/** Names (32 hex digits) of packs, by room. */
export interface PackNames {
  readonly data: readonly string[];
  readonly meta: readonly string[];
}

/** A tombstone: enough to know what was there, and that it went on purpose. */
export interface ForgottenSnapshot {
  readonly id: string;
  /** Of its sealed bytes, as in the chain. */
  readonly sha256: string;
  readonly host: string;
  readonly sequence: number;
  readonly timeMs: number;
  /** The snapshot that took its place (`tag`, `rewrite`, `repair snapshots`). */
  readonly replacedBy?: string;
  /** Nobody was told that it is saved: it came too late, and was taken back. */
  readonly unsaved?: boolean;
}

/** Nobody may use these packs for new snapshots; once `graceMs` are over they may be deleted. */
export interface CondemnedRecord {
  readonly type: 'condemned';
  readonly timeMs: number;
  readonly graceMs: number;
  readonly packs: PackNames;
}

/** Some packs of a condemned record are needed after all. */
export interface PardonedRecord {
  readonly type: 'pardoned';
  readonly timeMs: number;
  /** Name of the record that is taken back in part. */
  readonly record: string;
  readonly packs: PackNames;
}

/** These snapshots count no more; once `graceMs` are over they cannot be had back. */
export interface ForgottenRecord {
  readonly type: 'forgotten';
  readonly timeMs: number;
  readonly graceMs: number;
  readonly snapshots: readonly ForgottenSnapshot[];
}

/** Snapshots of a forgotten record that count again. */
export interface UndeletedRecord {
  readonly type: 'undeleted';
  readonly timeMs: number;
  readonly record: string;
  readonly snapshots: readonly string[];
}

/** A manifest that somebody is about to commit: what it needs is needed. */
export interface PendingRecord {
  readonly type: 'pending';
  readonly timeMs: number;
  readonly manifest: ManifestRoot;
  /** The stored snapshot that is about to count again. */
  readonly snapshot?: string;
  /** The snapshot that is about to be stored, as its tombstone says it should it come too late. */
  readonly commits?: ForgottenSnapshot;
}

/** A prune began: when the store wrote it is the prune's own time. */
export interface RunRecord {
  readonly type: 'run';
  readonly timeMs: number;
  readonly program: string;
}

/** All that is needed was locked anew, and what was written since is locked for longer. */
export interface RenewedRecord {
  readonly type: 'renewed';
  readonly timeMs: number;
  /** Until then, by the store's time. */
  readonly untilMs: number;
}

export type GcRecord =
  | CondemnedRecord
  | PardonedRecord
  | ForgottenRecord
  | UndeletedRecord
  | PendingRecord
  | RunRecord
  | RenewedRecord;

const FORMAT_VERSION = 1;
const NAME_DIGITS = 32;
/** Of packs and of snapshots in one record: bounds the memory of whoever reads it. */
export const GC_NAMES_MAX = 100_000;

export function encodeGcRecord(record: GcRecord): Uint8Array {
  return encodeJson({ version: FORMAT_VERSION, ...toJson(record) });
}

function toJson(record: GcRecord): object {
  if ('packs' in record) {
    const { data, meta } = record.packs;
    return { ...record, packs: { data: data.join(''), meta: meta.join('') } };
  }
  if (record.type === 'undeleted') return { ...record, snapshots: record.snapshots.join('') };
  if (record.type === 'pending') {
    const { id, level, entries } = record.manifest;
    return { ...record, manifest: { id: toHex(id), level, entries } };
  }
  return record;
}

/**
 * @throws AppError `format/invalid`, and `vault/unsupported` for a type of record that this program does not
 *   know: what it forbids is not known either
 */
export function decodeGcRecord(bytes: Uint8Array, what: string): GcRecord {
  const json = JsonReader.parse(bytes, what);
  const version = json.count('version');
  const type = json.text('type', 64);
  const timeMs = json.count('timeMs');
  if (version !== FORMAT_VERSION) throw unsupported(what);
  switch (type) {
    case 'condemned':
      return { type, timeMs, graceMs: json.count('graceMs'), packs: decodePacks(json) };
    case 'pardoned':
      return { type, timeMs, record: decodeName(json, 'record'), packs: decodePacks(json) };
    case 'forgotten':
      return { type, timeMs, graceMs: json.count('graceMs'), snapshots: decodeForgotten(json) };
    case 'undeleted': {
      const snapshots = decodeNames(json, 'snapshots');
      return { type, timeMs, record: decodeName(json, 'record'), snapshots };
    }
    case 'pending':
      return { type, timeMs, ...decodePending(json) };
    case 'run':
      return { type, timeMs, program: json.text('program', 256) };
    case 'renewed':
      return { type, timeMs, untilMs: json.count('untilMs') };
    default:
      throw unsupported(what);
  }
}

function unsupported(what: string): AppError {
  return new AppError('vault/unsupported', `${what} is of a kind that this program does not know`, {
    hint: 'use a newer version of cybs3',
  });
}

function decodePacks(json: JsonReader): PackNames {
  const packs = json.object('packs');
  return { data: decodeNames(packs, 'data'), meta: decodeNames(packs, 'meta') };
}

/** Names one behind the other. */
function decodeNames(json: JsonReader, field: string): string[] {
  const text = json.text(field, GC_NAMES_MAX * NAME_DIGITS);
  if (!/^[0-9a-f]*$/.test(text) || text.length % NAME_DIGITS !== 0) json.fail(field);
  const names: string[] = [];
  for (let at = 0; at < text.length; at += NAME_DIGITS) {
    names.push(text.slice(at, at + NAME_DIGITS));
  }
  return names;
}

function decodeName(json: JsonReader, field: string): string {
  const name = json.text(field, NAME_DIGITS);
  return /^[0-9a-f]{32}$/.test(name) ? name : json.fail(field);
}

function decodeForgotten(json: JsonReader): ForgottenSnapshot[] {
  return json.objects('snapshots', GC_NAMES_MAX).map(decodeTombstone);
}

function decodeTombstone(json: JsonReader): ForgottenSnapshot {
  const sha256 = json.text('sha256', 64);
  if (!fromHex(sha256, 32)) json.fail('sha256');
  return {
    id: decodeName(json, 'id'),
    sha256,
    host: json.text('host', 1024),
    sequence: json.count('sequence'),
    timeMs: json.count('timeMs'),
    ...(json.has('replacedBy') && { replacedBy: decodeName(json, 'replacedBy') }),
    ...(json.has('unsaved') && { unsaved: json.flag('unsaved') }),
  };
}

function decodePending(json: JsonReader): Omit<PendingRecord, 'type' | 'timeMs'> {
  const manifest = json.object('manifest');
  const level = manifest.count('level');
  if (level > MANIFEST_LEVELS_MAX) json.fail('manifest level');
  return {
    manifest: { id: manifest.hex('id', 32), level, entries: manifest.count('entries') },
    ...(json.has('snapshot') && { snapshot: decodeName(json, 'snapshot') }),
    ...(json.has('commits') && { commits: decodeTombstone(json.object('commits')) }),
  };
}
