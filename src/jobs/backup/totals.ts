/**
 * Counting what a snapshot holds.
 * @module
 */
import type { Entry } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import type { SnapshotTotals } from '../../format/snapshot.ts';

export type MutableTotals = { -readonly [K in keyof SnapshotTotals]: number };

export function noTotals(): MutableTotals {
  return { files: 0, directories: 0, others: 0, bytes: 0 };
}

export function addToTotals(totals: MutableTotals, entry: Entry): void {
  if (entry.type === EntryType.file) {
    totals.files++;
    totals.bytes += entry.size;
  } else if (entry.type === EntryType.directory) totals.directories++;
  else totals.others++;
}

export function sumTotals(a: SnapshotTotals, b: SnapshotTotals): MutableTotals {
  return {
    files: a.files + b.files,
    directories: a.directories + b.directories,
    others: a.others + b.others,
    bytes: a.bytes + b.bytes,
  };
}

export function entriesIn(totals: SnapshotTotals): number {
  return totals.files + totals.directories + totals.others;
}
