/**
 * How access keys of both servers are called: by an id that they sign with, and by the name of a user.
 * @module
 */
import type { RandomBytes } from '../../base/ports.ts';

const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID_LENGTH = 16;

/** What IAM lets a user be called. */
const USER_NAME = /^[\w+=,.@-]{1,64}$/;

/**
 * Looks like AWS's, 20 characters, but for the first four: it is no key of AWS.
 * @param prefix four characters that tell the server
 */
export function makeAccessKeyId(prefix: 'CYBK' | 'CYBS', random: RandomBytes): string {
  const bytes = random(ID_LENGTH);
  return prefix + Array.from(bytes, (byte) => ID_CHARACTERS[byte & 31]).join('');
}

/** Whether policies can speak of such a user. */
export function isUserName(text: string): boolean {
  return USER_NAME.test(text);
}
