/**
 * Opens the files of a batch some ahead of their being read, so that the disk fetches the next ones meanwhile.
 * @module
 */
import { closeSync } from 'node:fs';
import { fromPathKey } from '../../../files/path.ts';
import type { OpenedFile } from '../../../files/read/open-entry-file.ts';
import type { Entry } from '../../../format/entry.ts';
import type { ReadFailed } from '../messages.ts';
import type { FileReader, FileToRead } from './read-file.ts';

/** Far enough for a disk to find what it has been asked for, near enough to see late changes. */
const FILES_AHEAD = 16;

/** A file that was opened, or could not be. Whoever takes it closes it. */
export interface FileAhead extends FileToRead {
  readonly opened: OpenedFile | ReadFailed;
}

interface Step {
  readonly entry: Entry;
  /** Where it is to be read. */
  readonly file: FileAhead | undefined;
}

/** The entries in their order, those that `isRead` names (by number) with their file. */
export function* openAhead(
  entries: Iterable<Entry>,
  isRead: (number: number) => boolean,
  reader: FileReader,
): Generator<Step> {
  const ahead: Step[] = [];
  let number = 0;
  try {
    for (const entry of entries) {
      ahead.push({ entry, file: isRead(number++) ? open(entry, reader) : undefined });
      if (ahead.length > FILES_AHEAD) yield* ahead.splice(0, 1);
    }
    while (ahead.length > 0) yield* ahead.splice(0, 1);
  } finally {
    // Where the batch is given up.
    for (const { file } of ahead) {
      if (file && !('failed' in file.opened)) closeSync(file.opened.fd);
    }
  }
}

function open(entry: Entry, reader: FileReader): FileAhead {
  const { device, inode, uid, size, sparse } = entry;
  const known = { device, inode, uid };
  const file = { osPath: fromPathKey(entry.path), known, fileBytes: size, sparse };
  return { ...file, opened: reader.open(file) };
}
