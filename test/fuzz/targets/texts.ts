/**
 * What is read on the machine itself: lists of patterns, lists of paths, words; and the headers of archives, made from
 * entries that may hold anything.
 * @module
 */
import fc from 'fast-check';
import { parseMnemonic } from '../../../src/crypto/mnemonic.ts';
import type { Entry } from '../../../src/format/entry.ts';
import { NodeWriter, decodeEntries } from '../../../src/format/manifest-node.ts';
import { parseFilesFrom } from '../../../src/files/select/files-from.ts';
import { parsePatternFile } from '../../../src/files/select/pattern-file.ts';
import { PatternList } from '../../../src/files/select/pattern-list.ts';
import type { Pattern } from '../../../src/files/select/pattern.ts';
import { compilePattern } from '../../../src/files/select/pattern.ts';
import { TAR_BLOCK_BYTES, TarType, encodeTarHeader } from '../../../src/jobs/cat/tar-header.ts';
import { entries } from '../../format/arbitraries.ts';
import type { Target } from '../targets.ts';

const PATTERN_FILE = [
  '# comment',
  'node_modules/',
  '*.o',
  '/home/*/.cache/**',
  '!/home/ann/.cache/keep',
  '[a-z][!0-9]?\\*',
  '**/target/debug/**/*.d',
  'trailing\\ ',
].join('\r\n');

const PATHS = ['/', '/home/ann/.cache/x/y', '/a/node_modules/b.o', `/${'ab/'.repeat(40)}c`];

/** The last pattern that is one; those that are not are told as usage. */
function compileAll(lines: readonly string[]): Pattern[] {
  const patterns = lines.map((line) => compilePattern(line)).filter((one) => one !== undefined);
  for (const path of PATHS) {
    const facts = { path, name: path.slice(path.lastIndexOf('/') + 1), isRooted: true };
    new PatternList(patterns).lastMatch({ ...facts, isDirectory: false });
    for (const pattern of patterns) pattern.reachesInto(path);
  }
  return patterns;
}

const patternFile: Target = {
  name: 'a file of patterns',
  valid: fc.oneof(
    fc.constant(Buffer.from(PATTERN_FILE)),
    fc
      .array(fc.string({ unit: fc.constantFrom(...'ab*?[]!-^\\/.{}()$|+ ') }), { maxLength: 5 })
      .map((lines) => Buffer.from(lines.join('\n'))),
  ),
  decode: (bytes) => void compileAll(parsePatternFile(bytes)),
  codes: ['usage'],
};

const filesFrom: Target = {
  name: 'a list of paths',
  valid: fc.constantFrom(Buffer.from('/a\n/b\r\n\n/c'), Buffer.from('/a\0/b\n\0')),
  decode: (bytes) => {
    for (const path of parseFilesFrom(bytes)) if (path.length === 0) throw new Error('empty path');
  },
  codes: [],
};

const words: Target = {
  name: 'words',
  valid: fc.constant(Buffer.from(`${'abandon '.repeat(11)}about`)),
  decode: (bytes) => void parseMnemonic(Buffer.from(bytes).toString('utf8')),
  codes: ['keys/words'],
};

/** Nodes are what entries come from: some of their values no writer of ours would make. */
const tarHeader: Target = {
  name: 'the header of an archive, from any entry',
  valid: entries({ maxLength: 4 }).map((list) => {
    const writer = new NodeWriter(0);
    for (const entry of list) writer.addEntry(entry);
    return writer.take();
  }),
  decode: (bytes) => {
    for (const entry of decodeEntries(bytes)) checkTarHeader(entry);
  },
  codes: ['format/invalid'],
};

function checkTarHeader(entry: Entry): void {
  const header = encodeTarHeader({
    name: entry.path.map((byte) => (byte === 0 ? 0x2f : byte)),
    type: entry.size > 0 ? TarType.file : TarType.symlink,
    linkName: entry.target,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    user: entry.user,
    group: entry.group,
    sizeBytes: entry.size,
    mtimeSec: entry.mtimeSec,
    mtimeNs: entry.mtimeNs,
    major: entry.rdevMajor,
    minor: entry.rdevMinor,
    xattrs: entry.xattrs,
  });
  if (header.length === 0 || header.length % TAR_BLOCK_BYTES !== 0) throw new Error('no blocks');
  const last = Buffer.from(header.subarray(header.length - TAR_BLOCK_BYTES));
  const said = Number.parseInt(last.toString('latin1', 148, 154), 8);
  last.fill(' ', 148, 156);
  const sum = last.reduce((total, byte) => total + byte, 0);
  if (said !== sum) throw new Error('a header with a wrong sum');
}

export const TEXT_TARGETS: readonly Target[] = [patternFile, filesFrom, words, tarHeader];
