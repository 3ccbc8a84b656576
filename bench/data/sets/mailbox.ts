/**
 * A mailbox in one file, as mbox: mails of text, some with a file attached in base64. It grows at its end.
 * @module
 */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GiB } from '../../../src/base/units.ts';
import { below, createChance, randomBytes } from '../content/random-bytes.ts';
import { textLines } from '../content/text-lines.ts';
import type { DataSet } from '../data-set.ts';

const TOTAL_BYTES = 2 * GiB;
const GROWTH = 0.05;

export const mailbox: DataSet = {
  name: 'mailbox',
  title: 'an mbox of 2 GiB: text, and a third of its mails with something attached',
  version: 1,
  make: (folder, { scale }) => {
    const mails = createMails(30);
    const fd = openSync(mboxIn(folder), 'wx');
    try {
      for (let at = 0; at < TOTAL_BYTES * scale;) at += writeSync(fd, mails());
    } finally {
      closeSync(fd);
    }
  },
  edits: [
    {
      name: 'grown',
      title: 'grown by 5 %',
      apply: (folder, journal) => {
        const mails = createMails(31);
        const more: Buffer[] = [];
        const wanted = statSync(mboxIn(folder)).size * GROWTH;
        for (let at = 0; at < wanted; at += more.at(-1)?.length ?? 0) more.push(mails());
        journal.append(mboxIn(folder), Buffer.concat(more));
      },
    },
  ],
  oneFile: mboxIn,
};

function mboxIn(folder: string): string {
  return join(folder, 'mbox');
}

/** @returns a function that makes the next mail */
function createMails(seed: number): () => Buffer {
  const chance = createChance(seed);
  const [text, attached] = [textLines(seed), randomBytes(`mail ${seed}`)];
  let number = 0;
  return () => {
    const body = Buffer.alloc(500 + below(chance, 8000));
    text(body);
    const from = `From user${below(chance, 500)}@example.org Thu Jan  1 00:00:00 2026`;
    const head = `${from}\nSubject: ${number++}\n\n`;
    const parts = [Buffer.from(head), body, Buffer.from('\n')];
    if (below(chance, 3) === 0) {
      const bytes = Buffer.alloc(10_000 + below(chance, 200_000));
      attached(bytes);
      const lines = bytes.toString('base64').replace(/.{76}/g, '$&\n');
      parts.push(Buffer.from(lines), Buffer.from('\n'));
    }
    return Buffer.concat(parts);
  };
}
