/**
 * Whose a restored file becomes: by name where this machine knows the name, by number otherwise.
 * @module
 */
import { lstatSync, readFileSync } from 'node:fs';
import { platform, userInfo } from 'node:os';
import type { Entry } from '../../../format/entry.ts';

/** Who runs this; files we make are theirs. */
export interface Identity {
  readonly uid: number;
  readonly isRoot: boolean;
}

export interface OwnerOptions {
  /** Go by number alone (the snapshot's numbers are this machine's). */
  readonly numeric?: boolean;
  readonly passwd?: string;
  readonly group?: string;
}

/** Numbers of this machine for an entry's owner and group. */
export interface OwnerNumbers {
  uid(entry: Pick<Entry, 'user' | 'uid'>): number;
  gid(entry: Pick<Entry, 'group' | 'gid'>): number;
}

/** `undefined` on systems without numeric owners. */
export function currentIdentity(): Identity | undefined {
  if (platform() === 'win32') return undefined;
  let uid: number;
  try {
    uid = userInfo().uid;
  } catch {
    // The number may have no name anywhere, as in containers.
    const self = lstatSync('/proc/self', { throwIfNoEntry: false });
    if (!self) return undefined;
    uid = self.uid;
  }
  return uid < 0 ? undefined : { uid, isRoot: uid === 0 };
}

/**
 * Reads the account files once. Names that only a name service knows (LDAP, NIS) are not found:
 * then the number is used.
 */
export function loadOwnerNumbers(options: OwnerOptions = {}): OwnerNumbers {
  const users = options.numeric === true ? new Map<string, number>() : numbersIn(options.passwd);
  const groups =
    options.numeric === true ? new Map<string, number>() : numbersIn(options.group ?? '/etc/group');
  return {
    uid: (entry) => (entry.user === '' ? undefined : users.get(entry.user)) ?? entry.uid,
    gid: (entry) => (entry.group === '' ? undefined : groups.get(entry.group)) ?? entry.gid,
  };
}

/** Both files begin `name:password:number:`; the first line of a name counts. */
function numbersIn(path = '/etc/passwd'): Map<string, number> {
  const numbers = new Map<string, number>();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return numbers;
  }
  for (const line of text.split('\n')) {
    const [name, , number] = line.split(':');
    if (!name || number === undefined || !/^\d{1,10}$/.test(number)) continue;
    if (!numbers.has(name)) numbers.set(name, Number(number));
  }
  return numbers;
}
