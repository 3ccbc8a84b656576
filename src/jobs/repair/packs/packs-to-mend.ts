/**
 * Which packs are to be mended: those that are named, or those that a full read check finds fault with.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import { check } from '../../check.ts';
import type { CheckProgress } from '../../events.ts';
import type { Vault } from '../../../vault/vault.ts';

const PACK_KEY = /^(?:data|meta)\/[0-9a-f]{2}\/([0-9a-f]{32})$/;
const NAME_DIGITS_MIN = 4;
/** Findings about a pack that a new pack in its place mends. */
const REASONS: ReadonlySet<string> = new Set([
  'pack-missing',
  'pack-size',
  'pack-damaged',
  'chunk-damaged',
  'index-mismatch',
]);

/**
 * @param wanted keys, names, or the first digits of names
 * @param known names of all packs
 * @throws AppError `usage` where one is no pack, or several
 */
export function namedPacks(wanted: readonly string[], known: Iterable<string>): Set<string> {
  const all = [...known];
  return new Set(wanted.map((one) => namedPack(one, all)));
}

function namedPack(wanted: string, known: readonly string[]): string {
  const digits = PACK_KEY.exec(wanted)?.[1] ?? wanted.toLowerCase();
  const isName = /^[0-9a-f]+$/.test(digits) && digits.length >= NAME_DIGITS_MIN;
  const found = isName ? known.filter((name) => name.startsWith(digits)) : [];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const what = found.length > 1 ? `${found.length} packs begin with` : 'there is no pack';
  throw new AppError('usage', `${what} ${wanted}`, {
    hint: '`cybs3 check --read-data` names the packs that are damaged',
  });
}

/** Names of the packs in which a check that reads everything finds fault. */
export async function damagedPacks(
  vault: Vault,
  onProgress: (progress: CheckProgress) => void,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const found = new Set<string>();
  // Clearing away is not what was asked for.
  const sweepOlderThanMs = Infinity;
  const options = { readData: 'all', sweepOlderThanMs, ...(signal && { signal }) } as const;
  for await (const event of check(vault, options)) {
    if (event.type === 'progress') onProgress(event);
    if (event.type !== 'finding' || !REASONS.has(event.reason)) continue;
    const name = PACK_KEY.exec(event.subject)?.[1];
    if (name !== undefined) found.add(name);
  }
  return found;
}
