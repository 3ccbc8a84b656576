/**
 * Which snapshots a command looks into: all of them, those that fit, or those that are named.
 * @module
 */
import { Option, type Command } from 'commander';
import type { DamagedSnapshot, SavedSnapshot } from '../../../vault/snapshots.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { CommandContext } from '../../command.ts';
import { collect } from '../../options/parse.ts';
import { addFilterOptions, filterOf, WHICH } from '../../options/snapshot-filter.ts';
import type { FilterFlags } from '../../options/snapshot-filter.ts';

export interface WhichFlags extends FilterFlags {
  readonly snapshot?: string[];
}

export function addWhichOptions(command: Command): void {
  addFilterOptions(command);
  const option = new Option('--snapshot <id>', 'this one: an id, latest, latest~2 … (repeatable)');
  command.addOption(option.helpGroup(WHICH).argParser(collect).conflicts(['host', 'tag', 'path']));
}

export interface FoundSnapshots {
  /** Oldest first. */
  readonly snapshots: readonly SavedSnapshot[];
  readonly damaged: readonly DamagedSnapshot[];
}

/** @throws AppError `usage`, `snapshot/…`, `store/…`; a damaged one that is not named is told of */
export async function whichSnapshots(
  vault: Vault,
  { flags, io, out, signal }: CommandContext<WhichFlags>,
): Promise<FoundSnapshots> {
  if (flags.snapshot) {
    return { snapshots: await namedSnapshots(vault, flags.snapshot, signal), damaged: [] };
  }
  const { listSnapshots } = await import('../../../jobs/snapshots.ts');
  const damaged: DamagedSnapshot[] = [];
  const snapshots = await listSnapshots(vault, {
    ...filterOf(flags, io),
    signal,
    onDamaged: (one) => void damaged.push(one),
  });
  for (const { id, error } of damaged) out.warn(`snapshot ${id} is damaged: ${error.message}`);
  return { snapshots, damaged };
}

/** Each once, oldest first. */
export async function namedSnapshots(
  vault: Vault,
  selectors: readonly string[],
  signal: AbortSignal,
): Promise<SavedSnapshot[]> {
  const { resolveSnapshot } = await import('../../../jobs/snapshots.ts');
  const { compareByTime } = await import('../../../vault/snapshots.ts');
  const found = new Map<string, SavedSnapshot>();
  for (const selector of selectors) {
    const saved = await resolveSnapshot(vault, selector, signal);
    found.set(saved.id, saved);
  }
  return [...found.values()].sort(compareByTime);
}
