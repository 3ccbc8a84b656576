/**
 * Vault-wide settings, kept in the vault (`config/<id>`, framed JSON): the newest counts.
 * @module
 */
import type { CompressionMode } from '../compress.ts';
import { COMPRESSION_MODES } from '../compress.ts';
import { JsonReader, encodeJson } from './json.ts';
import type { RetentionPolicy } from './retention.ts';
import { retentionFromJson, retentionToJson } from './retention.ts';

export interface SseSettings {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  readonly kmsKeyId?: string;
  readonly kmsContext?: Readonly<Record<string, string>>;
  readonly bucketKey?: boolean;
}

export interface LockSettings {
  readonly mode: 'governance' | 'compliance';
  /** Whole days: every object is locked for so long when it is written, and anew as long as it is needed. */
  readonly days: number;
}

export interface VaultSettings {
  readonly compression: CompressionMode;
  /** Plaintext bytes of a full pack: a power of two. */
  readonly packSizeBytes: number;
  /** Server-side encryption asked for, and verified, on every write. */
  readonly sse?: SseSettings;
  /** For data packs only. */
  readonly storageClass?: string;
  /** Object Lock asked for, and verified, on every write. */
  readonly lock?: LockSettings;
  /** What `forget` keeps where nobody says otherwise. */
  readonly retention?: RetentionPolicy;
}

export const PACK_SIZE_BYTES_MIN = 16 * 1024 * 1024;
/** A hundred years, the most that S3 takes. */
export const LOCK_DAYS_MAX = 36_500;
export const PACK_SIZE_BYTES_MAX = 128 * 1024 * 1024;

export const DEFAULT_SETTINGS: VaultSettings = {
  compression: 'auto',
  packSizeBytes: 16 * 1024 * 1024,
};

export interface SavedSettings {
  readonly settings: VaultSettings;
  /** Counts up with every change; the time breaks ties. */
  readonly sequence: number;
  readonly timeMs: number;
}

export function encodeSettings(saved: SavedSettings): Uint8Array {
  const { settings, sequence, timeMs } = saved;
  const { retention } = settings;
  const policy = retention && { retention: retentionToJson(retention) };
  return encodeJson({ sequence, timeMs, ...settings, ...policy });
}

/** True for the pack sizes that a vault may have. */
export function isPackSize(bytes: number): boolean {
  const isPowerOfTwo = Number.isInteger(Math.log2(bytes));
  return isPowerOfTwo && bytes >= PACK_SIZE_BYTES_MIN && bytes <= PACK_SIZE_BYTES_MAX;
}

/** @throws AppError `format/invalid` */
export function decodeSettings(bytes: Uint8Array): SavedSettings {
  const json = JsonReader.parse(bytes, 'the settings of the vault');
  const compression = COMPRESSION_MODES.find((mode) => mode === json.text('compression', 64));
  if (compression === undefined) return json.fail('compression');
  const packSizeBytes = json.count('packSizeBytes');
  if (!isPackSize(packSizeBytes)) json.fail('packSizeBytes');
  const sse = json.has('sse') ? decodeSse(json.object('sse')) : undefined;
  const lock = json.has('lock') ? decodeLock(json.object('lock')) : undefined;
  const settings: VaultSettings = {
    compression,
    packSizeBytes,
    ...(sse && { sse }),
    ...(json.has('storageClass') && { storageClass: json.text('storageClass', 64) }),
    ...(lock && { lock }),
    ...(json.has('retention') && { retention: retentionFromJson(json.object('retention')) }),
  };
  return { settings, sequence: json.count('sequence'), timeMs: json.count('timeMs') };
}

function decodeSse(json: JsonReader): SseSettings {
  const algorithm = json.text('algorithm', 64);
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') {
    return json.fail('sse');
  }
  return {
    algorithm,
    ...(json.has('kmsKeyId') && { kmsKeyId: json.text('kmsKeyId', 4096) }),
    ...(json.has('kmsContext') && { kmsContext: json.textMap('kmsContext') }),
    ...(json.has('bucketKey') && { bucketKey: true }),
  };
}

function decodeLock(json: JsonReader): LockSettings {
  const mode = json.text('mode', 64);
  const days = json.count('days');
  if (mode !== 'governance' && mode !== 'compliance') return json.fail('lock');
  return days >= 1 && days <= LOCK_DAYS_MAX ? { mode, days } : json.fail('lock');
}
