/**
 * Whether an audit log is as it was written.
 *
 * The chain shows every line that was edited, dropped, inserted or moved. It cannot show that lines are missing
 * at the end, nor that somebody who may write the file has made it anew from some line on: for both, compare the
 * head with one that was noted elsewhere before.
 * @module
 */
import { createReadStream } from 'node:fs';
import { AppError } from '../../base/failure.ts';
import { CHAIN_START, LINE_BYTES_MAX, decodeLine, hashLine } from './audit-line.ts';
import type { ChainEnd } from './audit-line.ts';

export type AuditVerdict =
  | { readonly entries: number; readonly head: string }
  | {
      /** Sound lines before the first that is not. */
      readonly entries: number;
      /** Its number, from 1. */
      readonly brokenAt: number;
      readonly why: string;
    };

const NEWLINE = 10;

/**
 * Reads the whole file, a piece at a time.
 * @throws AppError `serve/config` where it cannot be read
 */
export async function verifyAudit(file: string): Promise<AuditVerdict> {
  let end = CHAIN_START;
  let rest = Buffer.alloc(0);
  const broken = (why: string): AuditVerdict => ({ entries: end.seq, brokenAt: end.seq + 1, why });
  try {
    for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
      let bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE)) {
        const line = bytes.subarray(0, at);
        const why = faultOf(line, end);
        if (why !== undefined) return broken(why);
        end = { seq: end.seq + 1, head: hashLine(line) };
        bytes = bytes.subarray(at + 1);
      }
      if (bytes.length > LINE_BYTES_MAX) return broken('the line is too long');
      rest = Buffer.from(bytes);
    }
  } catch (cause) {
    throw new AppError('serve/config', `cannot read ${file}`, { cause });
  }
  if (rest.length > 0) return broken('the line is cut');
  return { entries: end.seq, head: end.head };
}

function faultOf(line: Buffer, end: ChainEnd): string | undefined {
  const decoded = decodeLine(line);
  if (decoded === undefined) return 'the line is no entry';
  if (decoded.seq !== end.seq + 1) return `the line has the number ${decoded.seq}`;
  if (decoded.prev !== end.head)
    return 'the line before it is not the one that it was written after';
  return undefined;
}
