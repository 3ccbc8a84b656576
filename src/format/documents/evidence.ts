/**
 * Records under `evidence/`: that a vault was checked, drilled or pruned, by whom, and what came of it. Framed JSON in
 * sealed objects of the kind of settings. Nothing is decided by them but what people are told.
 * @module
 */
import { toHex } from '../../base/bytes.ts';
import { JsonReader, encodeJson } from './json.ts';

interface AnyEvidence {
  /** When it was done, by the clock of whoever did it. */
  readonly timeMs: number;
  readonly durationMs: number;
  /** Who did it. */
  readonly host: string;
  readonly program: string;
}

export interface CheckEvidence extends AnyEvidence {
  readonly type: 'check';
  readonly errors: number;
  readonly warnings: number;
  readonly snapshots: number;
  readonly packs: number;
  /** So many packs were read whole; 0 where the structure alone was looked at. */
  readonly packsRead: number;
  readonly bytesRead: number;
}

/** One file that a drill restored. */
export interface DrilledFile {
  /** As people read it. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the restored content, 64 hex digits. */
  readonly sha256: string;
}

export interface DrillEvidence extends AnyEvidence {
  readonly type: 'drill';
  readonly snapshot: string;
  /** Whose snapshot it was. */
  readonly snapshotHost: string;
  readonly snapshotTimeMs: number;
  readonly filesRestored: number;
  readonly bytesRestored: number;
  readonly filesFailed: number;
  /** Found to be the same as on the disk of the host that did it. */
  readonly filesSameOnDisk: number;
  readonly filesDifferOnDisk: number;
  /** SHA-256 of the lines `<SHA-256>  <bytes>  <path>` of all files, in the order of their paths; 64 hex digits. */
  readonly digest: string;
  /** Some of the files. */
  readonly files: readonly DrilledFile[];
}

export interface PruneEvidence extends AnyEvidence {
  readonly type: 'prune';
  readonly packsDeleted: number;
  readonly packsCondemned: number;
  readonly bytesFreed: number;
}

export type Evidence = CheckEvidence | DrillEvidence | PruneEvidence;
export type EvidenceType = Evidence['type'];

const FORMAT_VERSION = 1;
/** Files that one record names. */
export const DRILLED_FILES_MAX = 200;
const PATH_CHARACTERS_MAX = 16_384;

export function encodeEvidence(evidence: Evidence): Uint8Array {
  return encodeJson({ version: FORMAT_VERSION, ...evidence });
}

/** @returns undefined for a type that this program does not know. @throws AppError `format/invalid` */
export function decodeEvidence(bytes: Uint8Array, what: string): Evidence | undefined {
  const json = JsonReader.parse(bytes, what);
  const type = json.text('type', 64);
  if (json.count('version') !== FORMAT_VERSION) return undefined;
  const common = {
    timeMs: json.count('timeMs'),
    durationMs: json.count('durationMs'),
    host: json.text('host', 1024),
    program: json.text('program', 256),
  };
  switch (type) {
    case 'check':
      return { type, ...common, ...counts(json, CHECK_COUNTS) };
    case 'drill':
      return { type, ...common, ...counts(json, DRILL_COUNTS), ...drilled(json) };
    case 'prune':
      return { type, ...common, ...counts(json, PRUNE_COUNTS) };
    default:
      return undefined;
  }
}

const CHECK_COUNTS = [
  'errors',
  'warnings',
  'snapshots',
  'packs',
  'packsRead',
  'bytesRead',
] as const;
const DRILL_COUNTS = [
  'snapshotTimeMs',
  'filesRestored',
  'bytesRestored',
  'filesFailed',
  'filesSameOnDisk',
  'filesDifferOnDisk',
] as const;
const PRUNE_COUNTS = ['packsDeleted', 'packsCondemned', 'bytesFreed'] as const;

function counts<Name extends string>(
  json: JsonReader,
  names: readonly Name[],
): Record<Name, number> {
  const pairs = names.map((name) => [name, json.count(name)] as const);
  return Object.fromEntries(pairs) as Record<Name, number>;
}

function drilled(json: JsonReader) {
  return {
    snapshot: toHex(json.hex('snapshot', 16)),
    snapshotHost: json.text('snapshotHost', 1024),
    digest: toHex(json.hex('digest', 32)),
    files: json.objects('files', DRILLED_FILES_MAX).map((file) => ({
      path: file.text('path', PATH_CHARACTERS_MAX),
      bytes: file.count('bytes'),
      sha256: toHex(file.hex('sha256', 32)),
    })),
  };
}
