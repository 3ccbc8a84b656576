/**
 * Which snapshots are named on a command line, several at once.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { Vault } from '../../vault/vault.ts';
import { parseSnapshotSelector } from '../inspect/snapshot-selector.ts';
import { resolveSnapshot } from '../snapshots.ts';

/**
 * The ids that selectors name: beginnings of `ids`, or `latest` and its kin.
 * @throws AppError `usage`, `snapshot/not-found`, `snapshot/ambiguous`, and as `resolveSnapshot`
 */
export async function namedIds(
  vault: Vault,
  selectors: readonly string[],
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Set<string>> {
  const named = new Set<string>();
  for (const selector of selectors) {
    const parsed = parseSnapshotSelector(selector);
    if (parsed.type === 'id') named.add(findByStart(ids, parsed.prefix, 'snapshot'));
    else named.add((await resolveSnapshot(vault, selector, signal)).id);
  }
  return named;
}

/**
 * The one id that starts so.
 * @param what they are the ids of, for messages
 * @throws AppError `snapshot/not-found`, `snapshot/ambiguous`
 */
export function findByStart(ids: readonly string[], start: string, what: string): string {
  const found = ids.filter((id) => id.startsWith(start));
  const [first, second] = found;
  if (first === undefined) {
    throw new AppError('snapshot/not-found', `there is no ${what} whose id starts with ${start}`, {
      hint: 'see `cybs3 snapshots`, and `cybs3 snapshots --forgotten`',
    });
  }
  if (second === undefined) return first;
  const message = `there are ${found.length} ${what}s whose ids start with ${start}`;
  const hint = `give more digits: ${found.slice(0, 4).join(', ')}`;
  throw new AppError('snapshot/ambiguous', message, { hint });
}
