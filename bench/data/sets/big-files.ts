/**
 * 8 GiB in sixteen files: what does not compress, and what does.
 * @module
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { GiB, MiB } from '../../../src/base/units.ts';
import type { Filler } from '../content/random-bytes.ts';
import { randomBytes } from '../content/random-bytes.ts';
import { textLines } from '../content/text-lines.ts';
import type { DataSet, Edit } from '../data-set.ts';
import { filesUnder, middleFile } from '../edit-files.ts';
import { writeContent } from '../write-file.ts';

const FILES = 16;
const TOTAL_BYTES = 8 * GiB;

export const random: DataSet = bigFiles('random', '8 GiB that do not compress', (seed) =>
  randomBytes(`random ${seed}`),
);

export const text: DataSet = bigFiles(
  'text',
  '8 GiB of log lines, four times compressible',
  (seed) => textLines(seed),
);

function bigFiles(name: string, title: string, content: (seed: number) => Filler): DataSet {
  return {
    name,
    title: `${title}, in ${FILES} files`,
    version: 1,
    make: (folder, { scale }) => {
      const bytes = Math.ceil((TOTAL_BYTES * scale) / FILES);
      for (let i = 0; i < FILES; i++) {
        writeContent(join(folder, `part-${String(i).padStart(2, '0')}`), bytes, content(i));
      }
    },
    edits: [overwriteMiddle(content)],
    oneFile: middleFile,
  };
}

/** New content for one hundredth of each file, in its middle, and 1 MiB more at the end of the last. */
function overwriteMiddle(content: (seed: number) => Filler): Edit {
  return {
    name: 'middle',
    title: '1 % of each file overwritten in one stretch, the last one grown by 1 MiB',
    apply: (folder, journal) => {
      let last = '';
      for (const [i, path] of Array.from(filesUnder(folder)).entries()) {
        const { size } = statSync(path);
        const bytes = Buffer.alloc(Math.ceil(size / 100));
        content(1000 + i)(bytes);
        journal.overwrite(path, Math.floor(size / 2), bytes);
        last = path;
      }
      const more = Buffer.alloc(MiB);
      content(2000)(more);
      journal.append(last, more);
    },
  };
}
