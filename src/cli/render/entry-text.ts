/**
 * One entry of a snapshot, as `ls` shows it.
 * @module
 */
import { displayPath, printable } from '../../files/path.ts';
import { EntryType, type Entry } from '../../format/entry.ts';
import { localTime } from './words.ts';

const TYPE_LETTERS: Readonly<Record<EntryType, string>> = {
  [EntryType.file]: '-',
  [EntryType.directory]: 'd',
  [EntryType.symlink]: 'l',
  [EntryType.fifo]: 'p',
  [EntryType.socket]: 's',
  [EntryType.charDevice]: 'c',
  [EntryType.blockDevice]: 'b',
};

const SIZE_WIDTH = 12;
const OWNER_WIDTH = 8;

/** One line, its newline included: the path, or with `long` as `ls -l`. */
export function entryText(entry: Entry, long: boolean): string {
  const path = displayPath(entry.path);
  if (!long) return `${path}\n`;
  const owner = (entry.user || String(entry.uid)).padEnd(OWNER_WIDTH);
  const group = (entry.group || String(entry.gid)).padEnd(OWNER_WIDTH);
  const size = sizeOrDevice(entry).padStart(SIZE_WIDTH);
  const time = localTime(timeMs(entry));
  return `${modeText(entry)}  ${owner} ${group} ${size}  ${time}  ${path}${arrow(entry)}\n`;
}

/** For programs: names that are not UTF-8 also come as `pathBase64`. */
export function entryJson(entry: Entry): object {
  const type = Object.entries(EntryType).find(([, code]) => code === entry.type)?.[0];
  const bytes = Buffer.from(entry.path.map((byte) => (byte === 0 ? 0x2f : byte)));
  const text = `/${bytes.toString('utf8')}`;
  const isText = !text.includes('\uFFFD');
  return {
    path: text,
    ...(!isText && { pathBase64: Buffer.concat([Buffer.from('/'), bytes]).toString('base64') }),
    type,
    mode: entry.mode.toString(8).padStart(4, '0'),
    uid: entry.uid,
    gid: entry.gid,
    user: entry.user,
    group: entry.group,
    size: entry.size,
    mtime: isoTime(entry),
    ...(entry.type === EntryType.symlink && { target: Buffer.from(entry.target).toString('utf8') }),
  };
}

function timeMs(entry: Entry): number {
  return entry.mtimeSec * 1000 + Math.floor(entry.mtimeNs / 1e6);
}

/** ISO 8601 to the nanosecond; the bare seconds where a date cannot be that far away. */
function isoTime(entry: Entry): string {
  const date = new Date(entry.mtimeSec * 1000);
  if (Number.isNaN(date.getTime())) return String(entry.mtimeSec);
  return date.toISOString().replace(/\.000Z$/, `.${String(entry.mtimeNs).padStart(9, '0')}Z`);
}

function modeText({ type, mode }: Entry): string {
  const letters = [...'rwxrwxrwx'].map((letter, i) => ((mode >> (8 - i)) & 1 ? letter : '-'));
  const special = (bit: number, at: number, letter: string): void => {
    if (mode & bit) letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase();
  };
  special(0o4000, 2, 's');
  special(0o2000, 5, 's');
  special(0o1000, 8, 't');
  return TYPE_LETTERS[type] + letters.join('');
}

function sizeOrDevice(entry: Entry): string {
  const isDevice = entry.type === EntryType.charDevice || entry.type === EntryType.blockDevice;
  return isDevice ? `${entry.rdevMajor}, ${entry.rdevMinor}` : String(entry.size);
}

function arrow(entry: Entry): string {
  if (entry.type !== EntryType.symlink) return '';
  return ` -> ${printable(Buffer.from(entry.target).toString('utf8'))}`;
}
