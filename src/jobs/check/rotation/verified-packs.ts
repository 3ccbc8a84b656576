/**
 * When each pack was last read whole and found sound: what a check goes by that reads a part each time. As bytes:
 *
 *     "CYVT" || version u8 = 1 || zeros 3 || vault id 16 || count u32 || count × ( pack id 16 || ms since 1970 u64 )
 *     || SHA-256 of all that
 *
 * They are kept on this machine, where anything may have happened to them.
 * @module
 */
import { createHash } from 'node:crypto';
import {
  ByteReader,
  ByteWriter,
  asBuffer,
  compareBytes,
  fromHex,
  toHex,
  utf8Bytes,
} from '../../../base/bytes.ts';
import { AppError, assert } from '../../../base/failure.ts';
import type { PackList } from '../../../vault/index/pack-list.ts';

const MAGIC = utf8Bytes('CYVT');
const VERSION = 1;
const PACK_ID_BYTES = 16;
const VAULT_ID_BYTES = 16;
const ROW_BYTES = PACK_ID_BYTES + 8;
const HASH_BYTES = 32;
const WHAT = 'the memory of verified packs';
/** What is longer is not ours: four million packs. */
export const VERIFIED_BYTES_MAX = 4_000_000 * ROW_BYTES;

export class VerifiedPacks {
  /** By pack number, ms since 1970; 0 where it never was. */
  readonly #times: Float64Array;
  readonly #packs: PackList;

  private constructor(packs: PackList) {
    this.#packs = packs;
    this.#times = new Float64Array(packs.count);
  }

  /** Nothing was verified yet. */
  static none(packs: PackList): VerifiedPacks {
    return new VerifiedPacks(packs);
  }

  /**
   * @param packs those of the index now: what is remembered of others is dropped
   * @param nowMs times after it are none
   * @throws AppError `format/invalid` where the bytes are not ours, or of another vault
   */
  static decode(bytes: Uint8Array, vaultId: string, packs: PackList, nowMs: number): VerifiedPacks {
    const end = bytes.length - HASH_BYTES;
    const reader = new ByteReader(bytes.subarray(0, Math.max(0, end)), WHAT);
    if (!reader.skipIfNext(MAGIC) || reader.u8() !== VERSION) reader.fail('wrong head');
    reader.raw(3);
    const hash = createHash('sha256').update(bytes.subarray(0, end)).digest();
    if (compareBytes(hash, bytes.subarray(end)) !== 0) reader.fail('its checksum is another');
    if (toHex(reader.raw(VAULT_ID_BYTES)) !== vaultId) reader.fail('it is of another vault');
    const count = reader.u32();
    if (reader.left !== count * ROW_BYTES) reader.fail('wrong length');
    const verified = new VerifiedPacks(packs);
    for (let i = 0; i < count; i++) {
      const number = packs.numberOf(toHex(reader.raw(PACK_ID_BYTES)));
      const ms = reader.u64();
      if (number !== undefined && ms <= nowMs) verified.#times[number] = ms;
    }
    return verified;
  }

  /** Packs that were never verified are left out. */
  encode(vaultId: string): Uint8Array {
    const out = new ByteWriter(64 + this.#times.length * ROW_BYTES + HASH_BYTES);
    out.raw(MAGIC);
    out.u8(VERSION);
    out.raw(new Uint8Array(3));
    out.raw(idBytes(vaultId, VAULT_ID_BYTES));
    out.u32(this.#times.reduce((count, ms) => (ms > 0 ? count + 1 : count), 0));
    this.#times.forEach((ms, number) => {
      if (ms === 0) return;
      out.raw(idBytes(this.#packs.idOf(number), PACK_ID_BYTES));
      out.u64(ms);
    });
    out.raw(createHash('sha256').update(out.view()).digest());
    return asBuffer(out.view());
  }

  /** When that pack was last found sound; 0 for never. */
  at(number: number): number {
    return this.#times[number] ?? 0;
  }

  /** @param ms 0 where the pack was not found sound: it comes first the next time */
  note(number: number, ms: number): void {
    this.#times[number] = ms;
  }

  /** The time since when all of `packs` were verified; undefined where one never was. */
  oldestOf(packs: readonly number[]): number | undefined {
    const oldest = packs.reduce((ms, number) => Math.min(ms, this.at(number)), Infinity);
    return oldest > 0 && oldest < Infinity ? oldest : undefined;
  }
}

function idBytes(id: string, length: number): Uint8Array {
  const bytes = fromHex(id, length);
  if (bytes) return bytes;
  assert(false, `an id has ${length} bytes`);
}

/** Whether an error says that what is kept on this machine is of no use. */
export function isUseless(error: unknown): boolean {
  return error instanceof AppError && error.code === 'format/invalid';
}
