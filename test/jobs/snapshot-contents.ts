/**
 * What a snapshot holds, for comparing with what was backed up.
 * @module
 */
import { join } from 'node:path';
import { displayPath, toPathKey } from '../../src/files/path.ts';
import type { Entry } from '../../src/format/entry.ts';
import { catFile } from '../../src/jobs/cat.ts';
import { check } from '../../src/jobs/check.ts';
import type { CheckFinding } from '../../src/jobs/events.ts';
import { listEntries } from '../../src/jobs/list.ts';
import { resolveSnapshot } from '../../src/jobs/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { collect } from '../support/test-vault.ts';

/** The entries below a folder by their paths relative to it, of the latest snapshot or another. */
export async function entriesBelow(
  vault: Vault,
  folder: string,
  selector = 'latest',
): Promise<Map<string, Entry>> {
  const snapshot = await resolveSnapshot(vault, selector);
  const inside = toPathKey(Buffer.from(folder));
  const entries = await collect(listEntries(vault, snapshot, inside, { recursive: true }));
  return new Map(entries.map((entry) => [displayPath(entry.path).slice(folder.length + 1), entry]));
}

export async function savedContent(
  vault: Vault,
  folder: string,
  name: string | Uint8Array = '',
  selector = 'latest',
): Promise<Buffer> {
  const snapshot = await resolveSnapshot(vault, selector);
  const path =
    typeof name === 'string'
      ? Buffer.from(join(folder, name))
      : Buffer.concat([Buffer.from(`${folder}/`), name]);
  return Buffer.concat(await collect(catFile(vault, snapshot, toPathKey(path))));
}

/** Everything that a check of all data finds. */
export async function findingsOf(vault: Vault): Promise<CheckFinding[]> {
  const events = await collect(check(vault, { readData: 'all' }));
  return events.filter((event) => event.type === 'finding');
}
