/**
 * What hosts do: the real jobs, and what the ledger is told of them.
 * @module
 */
import { prune } from '../../../src/jobs/prune/prune.ts';
import type { Host, Job } from '../world/host.ts';
import { startForget, startRewrite, startTag, startUndelete } from './change-snapshots.ts';
import type { JobParts } from './job-parts.ts';
import { lightBackup } from './light-backup.ts';
import { startRepair } from './repairs.ts';

const STARTERS = {
  backup: startBackup,
  prune: startPrune,
  forget: startForget,
  undelete: startUndelete,
  tag: startTag,
  rewrite: startRewrite,
  repair: startRepair,
} as const;

export type JobName = keyof typeof STARTERS;

/** @returns undefined where there is nothing for it to do */
export function startJob(name: JobName, host: Host, parts: JobParts): Job | undefined {
  return STARTERS[name](host, parts);
}

function startBackup(host: Host, { ledger, treeOf, bug }: JobParts): Job {
  const tree = treeOf(host);
  tree.change();
  const { now } = tree;
  const options = { host: host.name, tree: now, chance: host.chance };
  const commit = bug?.commit && { commit: bug.commit };
  return host.start(
    'backup',
    async (vault, life) => {
      const { saved, needs } = await lightBackup(vault, { ...options, ...commit });
      // A host that crashed tells nobody anything.
      if (!life.isOver) ledger.acknowledge(saved.id, now, needs);
    },
    bug?.wrapBackup,
  );
}

function startPrune(host: Host, { plan, bug }: JobParts): Job {
  const { signal } = new AbortController();
  const maxUnused = { fraction: plan.maxUnused };
  const options = { signal, program: 'sim', graceMs: plan.graceMs, maxUnused };
  return host.start(
    'prune',
    async (vault) => {
      for await (const _ of prune(vault, options));
    },
    bug?.wrapPrune,
  );
}
