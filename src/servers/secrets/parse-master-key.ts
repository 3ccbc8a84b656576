/**
 * Reads a master key as people keep it: in a file, a credential, or an environment variable.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { MASTER_KEY_BYTES } from './master-key.ts';

/** 32 bytes in base64, in both alphabets; the last character before `=` has two bits to spare. */
const BASE64 = /^[\w+/-]{42}[AEIMQUYcgkosw048]=?$/;
const HEX = /^[0-9A-Fa-f]{64}$/;

/**
 * Takes 32 raw bytes, 64 characters of hex, or base64 of 32 bytes; one line end after a text is allowed.
 * @returns 32 bytes of the caller's own, to be wiped by it
 * @throws AppError `serve/master-key` for anything else
 */
export function parseMasterKey(bytes: Uint8Array): Buffer {
  if (bytes.length === MASTER_KEY_BYTES) return Buffer.from(bytes);
  if (bytes.length <= 128) {
    const text = Buffer.from(bytes)
      .toString('latin1')
      .replace(/\r?\n$/, '');
    if (HEX.test(text)) return Buffer.from(text, 'hex');
    if (BASE64.test(text)) return Buffer.from(text, 'base64');
  }
  throw new AppError('serve/master-key', 'the master key is not 32 bytes, hex or base64 of them', {
    hint: 'make one with cybs3 serve generate-key FILE',
    detail: { lengthBytes: bytes.length },
  });
}
