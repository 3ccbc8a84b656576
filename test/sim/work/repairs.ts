/**
 * Repairs, where nothing is damaged: they must do no harm to what others are doing.
 * @module
 */
import { repairIndex } from '../../../src/jobs/repair/index/repair-index.ts';
import { repairPacks } from '../../../src/jobs/repair/packs/repair-packs.ts';
import { repairSnapshots } from '../../../src/jobs/repair/snapshots/repair-snapshots.ts';
import type { Host, Job } from '../world/host.ts';
import type { JobParts } from './job-parts.ts';

const WHAT = ['index', 'whole index', 'snapshots', 'packs'] as const;

export function startRepair(host: Host, { plan, chance, packs }: JobParts): Job | undefined {
  const { graceMs } = plan;
  const what = chance.pick(WHAT);
  const pack = what === 'packs' ? packs().at(chance.below(packs().length)) : undefined;
  if (what === 'packs' && pack === undefined) return undefined;
  return host.start(`repair ${what}`, async (vault) => {
    if (pack !== undefined) {
      for await (const _ of repairPacks(vault, { packs: [pack], graceMs }));
    } else if (what === 'snapshots') {
      for await (const _ of repairSnapshots(vault, { graceMs, program: 'sim' }));
    } else for await (const _ of repairIndex(vault, { all: what === 'whole index' }));
  });
}
