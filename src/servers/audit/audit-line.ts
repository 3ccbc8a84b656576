/**
 * One line of an audit log: JSON that holds the hash of the line before it.
 *
 * `{"seq":n,"time":ISO 8601,"prev":SHA-256 of the line before in hex, …}` and a line end, which is not part of
 * the hash. `seq` counts from 1; `prev` of the first line is 64 zeros.
 * @module
 */
import { createHash } from 'node:crypto';
import { assert } from '../../base/failure.ts';

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

export type AuditEntry = Readonly<Record<string, JsonValue>>;

/** Where the chain has come to. */
export interface ChainEnd {
  /** Lines so far. */
  readonly seq: number;
  /** Hash of the last one. */
  readonly head: string;
}

export const CHAIN_START: ChainEnd = { seq: 0, head: '0'.repeat(64) };

/** A longer one is no line of ours: what requests bring is bounded far below. */
export const LINE_BYTES_MAX = 1024 * 1024;

/** @param line without its line end */
export function hashLine(line: string | Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

/** What is set here goes first, and `entry` cannot set it. */
export function encodeLine(end: ChainEnd, timeMs: number, entry: AuditEntry): string {
  const time = new Date(timeMs).toISOString();
  const { seq: _seq, time: _time, prev: _prev, ...rest } = entry;
  const line = JSON.stringify({ seq: end.seq + 1, time, prev: end.head, ...rest });
  assert(Buffer.byteLength(line) <= LINE_BYTES_MAX, 'an audit entry is too long');
  return line;
}

/** `seq` and `prev` of a line; undefined where it is none. */
export function decodeLine(line: Uint8Array): { seq: number; prev: string } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line);
    const value = JSON.parse(text) as { seq?: unknown; prev?: unknown } | null;
    const { seq, prev } = value ?? {};
    const isSound =
      typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0 && typeof prev === 'string';
    return isSound && /^[0-9a-f]{64}$/.test(prev) ? { seq, prev } : undefined;
  } catch {
    return undefined;
  }
}
