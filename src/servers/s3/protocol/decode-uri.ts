/**
 * Percent-encoding, read strictly: what is no UTF-8 or cut short is refused instead of guessed.
 * @module
 */
import { S3Error } from './s3-error.ts';

/**
 * @param text as Node gives it: one character for each byte
 * @throws S3Error `InvalidURI`
 */
export function decodeUri(text: string): string {
  // Most names are plain: nothing to decode, and nothing that could be wrong.
  if (PLAIN.test(text)) return text;
  const bytes = Buffer.alloc(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let byte = text.charCodeAt(i);
    if (byte === PERCENT) {
      const hex = text.slice(i + 1, i + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) throw invalidUri();
      byte = Number.parseInt(hex, 16);
      i += 2;
    }
    bytes[length++] = byte;
  }
  try {
    return STRICT_UTF8.decode(bytes.subarray(0, length));
  } catch (cause) {
    throw invalidUri(cause);
  }
}

const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;
const PERCENT = 0x25;
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function invalidUri(cause?: unknown): S3Error {
  const options = cause === undefined ? {} : { cause };
  return new S3Error('InvalidURI', "Couldn't parse the specified URI.", options);
}
