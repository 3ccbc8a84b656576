/**
 * A short code for one snapshot, to be kept elsewhere: who has it can tell later whether the vault still knows that
 * snapshot. 80 bits of a hash, in Crockford's base 32, as four groups of four.
 * @module
 */
import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 80;
const GROUP = 4;
const LABEL = 'cybs3/v1/head';

/** @param vaultId 32 hex digits, as the snapshot's id; its SHA-256 has 64 */
export function headCode(
  vaultId: string,
  { id, sha256 }: { readonly id: string; readonly sha256: string },
): string {
  const hash = createHash('sha256').update(`${LABEL} ${vaultId} ${id} ${sha256}`).digest();
  let bits = BigInt(`0x${hash.toString('hex', 0, BITS / 8)}`);
  let code = '';
  for (let i = 0; i < BITS / 5; i++) {
    code = (ALPHABET[Number(bits & 31n)] ?? '') + code;
    bits >>= 5n;
  }
  return (code.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
}

/** A code as somebody typed it, written as `headCode` does; undefined where it is none. */
export function normalHeadCode(text: string): string | undefined {
  const digits = text
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  const isCode = digits.length === BITS / 5 && [...digits].every((one) => ALPHABET.includes(one));
  return isCode ? (digits.match(/.{4}/g) ?? []).join('-') : undefined;
}
