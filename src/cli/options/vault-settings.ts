/**
 * Flags for what is decided per vault, and may be overridden per backup.
 * @module
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { COMPRESSION_MODES, type CompressionMode } from '../../format/compress.ts';
import { LOCK_DAYS_MAX, isPackSize } from '../../format/documents/settings.ts';
import type { LockSettings } from '../../format/documents/settings.ts';
import { AppError } from '../../base/failure.ts';
import { size } from './parse.ts';

export interface DataFlags {
  readonly compression?: CompressionMode;
  /** Bytes. */
  readonly packSize?: number;
}

export function addDataOptions(command: Command, group: string): void {
  const compression = new Option('--compression <mode>', 'how hard to compress');
  command.addOption(compression.choices(COMPRESSION_MODES).helpGroup(group));
  const packSize = new Option('--pack-size <size>', 'how big the stored objects get: 16M to 128M');
  command.addOption(packSize.argParser(packSizeBytes).helpGroup(group));
}

/** What is decided when a vault is made, and never after. */
export interface LockFlags {
  readonly lock?: LockSettings['mode'];
  readonly lockDays?: number;
}

export function addLockOptions(command: Command, group: string): void {
  const mode = new Option('--lock <mode>', 'lock all objects in the bucket (S3 Object Lock)');
  command.addOption(mode.choices(['governance', 'compliance']).helpGroup(group));
  const days = new Option('--lock-days <n>', 'for how many days; what is needed is locked anew');
  command.addOption(days.argParser(lockDays).helpGroup(group));
}

/** @throws AppError `usage` where one is given without the other */
export function lockOf({ lock, lockDays: days }: LockFlags): LockSettings | undefined {
  if (lock !== undefined && days !== undefined) return { mode: lock, days };
  if (lock === undefined && days === undefined) return undefined;
  throw new AppError('usage', '--lock and --lock-days belong together', {
    hint: 'write for example --lock compliance --lock-days 30',
  });
}

function lockDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= LOCK_DAYS_MAX) return days;
  throw new InvalidArgumentError(`Write whole days from 1 to ${LOCK_DAYS_MAX}.`);
}

function packSizeBytes(text: string): number {
  const bytes = size(text);
  if (!isPackSize(bytes)) throw new InvalidArgumentError('Write 16M, 32M, 64M or 128M.');
  return bytes;
}
