/**
 * What a machine remembers of a vault's snapshots, as JSON for a file of its own. Anything may have happened to that
 * file: what cannot be read is forgotten, and remembering begins anew.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { ForgottenSnapshot } from '../../format/documents/gc-record.ts';
import { JsonReader, encodeJson } from '../../format/documents/json.ts';

/** A snapshot that was there once: the same facts as a tombstone has. */
export type SeenSnapshot = Omit<ForgottenSnapshot, 'replacedBy'>;

/** Of more than these the oldest are forgotten. */
export const SEEN_MAX = 20_000;
/** What is longer is not ours. */
export const SEEN_BYTES_MAX = 16 * 1024 * 1024;

const FORMAT_VERSION = 1;
const HOST_CHARACTERS_MAX = 1024;
const WHAT = 'the memory of seen snapshots';
/** `<id> <SHA-256> <number of the host> <sequence> <ms since 1970>` */
const ROW = /^([0-9a-f]{32}) ([0-9a-f]{64}) (\d{1,5}) (\d{1,16}) (\d{1,16})$/;

export function encodeSeen(vaultId: string, seen: Iterable<SeenSnapshot>): Uint8Array {
  const hosts = new Map<string, number>();
  const rows: string[] = [];
  const newest = [...seen].sort((a, b) => b.timeMs - a.timeMs).slice(0, SEEN_MAX);
  for (const { id, sha256, host, sequence, timeMs } of newest) {
    const number = hosts.get(host) ?? hosts.size;
    hosts.set(host, number);
    rows.push(`${id} ${sha256} ${number} ${sequence} ${timeMs}`);
  }
  return encodeJson({ version: FORMAT_VERSION, vaultId, hosts: [...hosts.keys()], rows });
}

/** @throws AppError `format/invalid` where the bytes are not ours, or about another vault */
export function decodeSeen(bytes: Uint8Array, vaultId: string): Map<string, SeenSnapshot> {
  if (bytes.length > SEEN_BYTES_MAX) throw new AppError('format/invalid', `${WHAT} is too long`);
  const json = JsonReader.parse(bytes, WHAT);
  if (json.count('version') !== FORMAT_VERSION) json.fail('version');
  if (json.text('vaultId', 32) !== vaultId) json.fail('vault');
  const hosts = json.texts('hosts', SEEN_MAX);
  const seen = new Map<string, SeenSnapshot>();
  for (const row of json.texts('rows', SEEN_MAX)) {
    const [, id = '', sha256 = '', number, sequence, timeMs] = ROW.exec(row) ?? json.fail('rows');
    const host = hosts[Number(number)] ?? json.fail('hosts');
    if (host.length > HOST_CHARACTERS_MAX) json.fail('hosts');
    const one = { id, sha256, host, sequence: Number(sequence), timeMs: Number(timeMs) };
    if (!Number.isSafeInteger(one.sequence) || !Number.isSafeInteger(one.timeMs)) json.fail('rows');
    seen.set(id, one);
  }
  return seen;
}
