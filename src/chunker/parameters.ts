/**
 * How big chunks are: smaller ones find more duplicates, bigger ones make a smaller index. Chosen by
 * measuring: with 1 MiB, edits of a VM image and of a mailbox store 0.7 and 0.6 of what restic does,
 * with 2 MiB 1.2 and 1.1. A file that grows past a threshold is stored anew, so there are few.
 * @module
 */
import { KiB, MiB } from '../base/units.ts';

export interface CutParameters {
  /** Boundaries are at least this far apart: half the average. At least 128. */
  readonly minBytes: number;
  /** What chunks of random data come to, on average. */
  readonly averageBytes: number;
  /** No chunk is longer: four times the average. */
  readonly maxBytes: number;
}

/** No chunk of any file is longer (readers accept up to 16 MiB). */
export const MAX_CHUNK_BYTES = 8 * MiB;

/** A scanner buffer for any parameters: the longest chunk, what decides its end, and read-ahead. */
export const SCAN_BUFFER_BYTES = 12 * MiB;

/** Parameters for an average (a power of two, 256 bytes … 2 MiB). */
export function cutParameters(averageBytes: number): CutParameters {
  return { minBytes: averageBytes / 2, averageBytes, maxBytes: 4 * averageBytes };
}

/** The parameters for a file of that many bytes (`Infinity` where it is not known in advance). */
export function cutParametersFor(fileBytes: number): CutParameters {
  if (fileBytes < 10 * MiB) return cutParameters(256 * KiB);
  if (fileBytes < 100 * MiB) return cutParameters(512 * KiB);
  return cutParameters(MiB);
}
