/**
 * Flags for what is decided per vault, and may be overridden per backup.
 * @module
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { COMPRESSION_MODES, type CompressionMode } from '../../format/compress.ts';
import { isPackSize } from '../../format/documents/settings.ts';
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

function packSizeBytes(text: string): number {
  const bytes = size(text);
  if (!isPackSize(bytes)) throw new InvalidArgumentError('Write 16M, 32M, 64M or 128M.');
  return bytes;
}
