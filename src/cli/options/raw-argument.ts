/**
 * Arguments as the bytes they were. Node decodes them as UTF-8, which loses what is not.
 * @module
 */
import { readFileSync } from 'node:fs';

const REPLACEMENT_CHARACTER = '\uFFFD';

/**
 * The bytes of an argument. Where decoding lost some, Linux still has the original command line;
 * elsewhere file names are text anyway.
 */
export function rawArgument(text: string): Buffer {
  if (!text.includes(REPLACEMENT_CHARACTER) || process.platform !== 'linux')
    return Buffer.from(text);
  const commandLine = readFileSync('/proc/self/cmdline');
  let start = 0;
  for (let end = commandLine.indexOf(0); end >= 0; end = commandLine.indexOf(0, start)) {
    const argument = commandLine.subarray(start, end);
    if (argument.toString() === text) return argument;
    start = end + 1;
  }
  return Buffer.from(text);
}
