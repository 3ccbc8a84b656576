/**
 * The failures that mean the same in every store, so that their words and codes are the same too.
 * @module
 */
import { asBuffer } from '../base/bytes.ts';
import { AppError } from '../base/failure.ts';
import { formatBytes, MiB } from '../base/units.ts';
import type { ByteRange } from './port.ts';

export function notFound(location: string, key: string, cause?: unknown): AppError {
  return new AppError('store/not-found', `there is no ${key} in ${location}`, { cause });
}

export function alreadyExists(location: string, key: string, cause?: unknown): AppError {
  return new AppError('store/exists', `${key} exists already in ${location}`, { cause });
}

/** The object is shorter than the range asked for: it is not what was written. */
export function endsEarly(location: string, key: string, range: ByteRange): AppError {
  const end = range.offset + range.length;
  return new AppError(
    'object/truncated',
    `${key} in ${location} is cut short: it ends before byte ${end}`,
    { hint: 'run `cybs3 check` to see what is damaged', detail: { key } },
  );
}

/** @throws AppError `interrupted` where the signal is aborted */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal.reason);
}

export function interrupted(cause?: unknown): AppError {
  return new AppError('interrupted', 'interrupted', { cause });
}

/** @throws AppError `store/rejected` for a range that is not made of non-negative whole numbers */
export function checkRange(range: ByteRange): void {
  const { offset, length } = range;
  const end = offset + length;
  if (offset >= 0 && length >= 0 && [offset, length, end].every(Number.isSafeInteger)) return;
  throw new AppError('store/rejected', `not a byte range: ${offset}+${length}`);
}

/**
 * No object of ours comes near this; what claims to be larger is refused before memory is taken.
 */
export const MAX_OBJECT_BYTES = 1024 * MiB;

/** The same for objects that many are read of at once, by the first part of their keys. */
const MAX_BYTES: Readonly<Record<string, number>> = {
  'vault.json': MiB,
  keys: 4 * MiB,
  config: 4 * MiB,
  evidence: 4 * MiB,
  snapshots: 16 * MiB,
  gc: 32 * MiB,
  index: 96 * MiB,
};

const roomOf = (key: string): string => key.split('/', 1)[0] ?? '';

/**
 * A buffer for an object, or a part of one, whose size somebody else told us: the start of `into` where
 * that is long enough.
 * @throws AppError `object/header` where no object of that room is as long, `store/rejected` above `MAX_OBJECT_BYTES`
 */
export function allocateObject(
  location: string,
  key: string,
  sizeBytes: number,
  into?: Uint8Array,
): Buffer {
  if (into && sizeBytes <= into.length) return asBuffer(into).subarray(0, sizeBytes);
  const atMost = MAX_BYTES[roomOf(key)];
  if (sizeBytes <= (atMost ?? MAX_OBJECT_BYTES)) return Buffer.allocUnsafeSlow(sizeBytes);
  const message = `${key} in ${location} is ${formatBytes(sizeBytes)}: no object is that large`;
  // Where it is known what should be there, it is that object that is not what was written.
  throw new AppError(atMost === undefined ? 'store/rejected' : 'object/header', message);
}
