/**
 * AWS's own percent-encoding, over strings of one byte a character.
 * Source: AWS, "Create a signed AWS API request", function UriEncode: all but `A-Z a-z 0-9 - . _ ~` is
 * encoded, with upper-case hex.
 * @module
 */
import { SignatureError } from './signature-error.ts';

const RESERVED = /[^A-Za-z0-9\-._~]/g;
const ESCAPE = /%([0-9A-Fa-f]{2})?/g;

/** @param bytes one byte a character */
export function percentEncode(bytes: string): string {
  return bytes.replace(RESERVED, escapeOf);
}

/** As `percentEncode`, but `/` stays. */
export function percentEncodePath(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9\-._~/]/g, escapeOf);
}

/**
 * @returns one byte a character
 * @throws SignatureError `malformed` where a `%` is not followed by two digits of hex
 */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(ESCAPE, (_, hex: string | undefined) => {
    if (hex === undefined) {
      throw new SignatureError('malformed', 'a percent sign in the address begins no escape');
    }
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0);
  return `%${code < 16 ? '0' : ''}${code.toString(16).toUpperCase()}`;
}
