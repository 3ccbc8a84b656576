/**
 * Finishes a batch of the walk: reads the files that have to be read, and saves the manifest node that the
 * batch becomes.
 * @module
 */
import { displayPath } from '../../../files/path.ts';
import type { FileVersion } from '../../../files/read/file-version.ts';
import type { Entry } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import { NodeWriter, decodeEntries } from '../../../format/manifest-node.ts';
import type { FileProblem } from '../../events.ts';
import type { AttachedFile, BatchResult } from '../messages.ts';
import { addToTotals, noTotals } from '../totals.ts';
import { contentOf } from './id-list.ts';
import type { FileAhead } from './open-ahead.ts';
import { openAhead } from './open-ahead.ts';
import type { FileReader } from './read-file.ts';
import type { ChunkSaver } from './save-chunk.ts';

export interface Batch {
  readonly node: Uint8Array;
  readonly reads: Uint32Array;
  readonly changed: Uint32Array;
  readonly attached: readonly AttachedFile[];
}

export function finishBatch(batch: Batch, reader: FileReader, saver: ChunkSaver): BatchResult {
  const reads = new Set(batch.reads);
  const changed = new Set(batch.changed);
  const attached = new Map(batch.attached.map((file) => [file.entry, file]));
  const node = new NodeWriter(0);
  const totals = noTotals();
  const problems: FileProblem[] = [];
  let first: Uint8Array<ArrayBuffer> | undefined;
  let number = 0;
  let last: Entry | undefined;
  const isRead = (n: number) => reads.has(n) && !attached.has(n);
  for (const { entry, file } of openAhead(decodeEntries(batch.node), isRead, reader)) {
    const apart = attached.get(number);
    const isKept = apart
      ? attach(entry, apart, saver)
      : !file || readInto(entry, file, reader, saver, problems);
    number++;
    if (!isKept) {
      reader.countLost(changed.has(number - 1));
      continue;
    }
    first ??= new Uint8Array(entry.path);
    node.addEntry(entry);
    addToTotals(totals, entry);
    last = entry;
  }
  const lastPath = last ? displayPath(last.path) : '';
  if (!first) return { problems, lastPath };
  const id = new Uint8Array(saver.saveMeta(node.take()));
  return { node: { summary: { path: first, totals }, id }, problems, lastPath };
}

function attach(entry: Entry, file: AttachedFile, saver: ChunkSaver): boolean {
  if (!file.ids || !file.version) return false;
  setContent(entry, file.ids, file.version, saver);
  return true;
}

/** @returns false where the file could not be read: then it is no part of the snapshot */
function readInto(
  entry: Entry,
  file: FileAhead,
  reader: FileReader,
  saver: ChunkSaver,
  problems: FileProblem[],
): boolean {
  const read = 'failed' in file.opened ? file.opened : reader.read(file.opened, file);
  if ('failed' in read) {
    problems.push(readProblem(displayPath(entry.path), read.failed.reason, read.failed.message));
    return false;
  }
  if (read.changed) problems.push(changedProblem(displayPath(entry.path)));
  setContent(entry, read.ids, read.version, saver);
  return true;
}

function setContent(entry: Entry, ids: Uint8Array, version: FileVersion, saver: ChunkSaver): void {
  const content = contentOf(ids, (list) => saver.saveMeta(list));
  Object.assign(entry, content, version);
  if (entry.type === EntryType.file && ids.length === 0) entry.size = 0;
}

export function readProblem(path: string, reason: string, message: string): FileProblem {
  // A file that is gone was not there to be saved; anything else is missing from the snapshot.
  const severity = reason === 'vanished' ? 'warning' : 'error';
  return { type: 'problem', severity, path, reason, message };
}

export function changedProblem(path: string): FileProblem {
  const message = 'it changed while it was read: it is saved as it was read, and again next time';
  return { type: 'problem', severity: 'warning', path, reason: 'changed', message };
}
