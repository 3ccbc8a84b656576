/**
 * Counting the differences of two snapshots.
 * @module
 */
import type { Entry } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import type { DiffItem, DiffSummary } from './events.ts';

type Counts = { -readonly [K in keyof DiffSummary['added']]: number };

export class DiffTotals {
  readonly added: Counts = { files: 0, directories: 0, others: 0, bytes: 0 };
  readonly removed: Counts = { files: 0, directories: 0, others: 0, bytes: 0 };
  readonly changed = { files: 0, others: 0, bytesBefore: 0, bytesAfter: 0 };
  metadata = 0;
  retyped = 0;
  silent = 0;

  add({ change, before, after, isSilent }: DiffItem): void {
    if (isSilent) this.silent++;
    if (change === 'metadata') this.metadata++;
    else if (change === 'changed') {
      if (after?.type === EntryType.file) this.changed.files++;
      else this.changed.others++;
      this.changed.bytesBefore += before?.size ?? 0;
      this.changed.bytesAfter += after?.size ?? 0;
    } else {
      if (change === 'type') this.retyped++;
      if (before) count(this.removed, before);
      if (after) count(this.added, after);
    }
  }
}

function count(counts: Counts, { type, size }: Entry): void {
  if (type === EntryType.file) counts.files++;
  else if (type === EntryType.directory) counts.directories++;
  else counts.others++;
  counts.bytes += size;
}
