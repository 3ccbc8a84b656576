/**
 * Names of users and groups by number. Node can't ask the system's name service, so this reads the
 * two files: accounts of LDAP, NIS or macOS's directory service keep their numbers but get no name.
 * @module
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

export interface AccountNames {
  /** Empty where the number has no known name. */
  user(uid: number): string;
  group(gid: number): string;
}

export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const SYSTEM_FILES: AccountFiles = { passwd: '/etc/passwd', group: '/etc/group' };

/** Reads both files once. One that is missing or unreadable counts as empty. */
export function loadAccountNames(files: AccountFiles = SYSTEM_FILES): AccountNames {
  const users = parseAccounts(files.passwd);
  const groups = parseAccounts(files.group);
  if (files === SYSTEM_FILES) addSelf(users);
  return { user: (uid) => users.get(uid) ?? '', group: (gid) => groups.get(gid) ?? '' };
}

/**
 * The first line for a number wins, as with `getpwuid`. Both files start with
 * `name:password:number:`.
 */
function parseAccounts(path: string): Map<number, string> {
  const names = new Map<number, string>();
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return names;
  }
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (!name || !id || !/^\d+$/.test(id)) continue;
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

/** The system does tell Node the name of the user who runs this, wherever it is kept. */
function addSelf(users: Map<number, string>): void {
  try {
    const { uid, username } = userInfo();
    if (uid >= 0 && !users.has(uid)) users.set(uid, username);
  } catch {
    // A container may run under a number that has no name anywhere.
  }
}
