/**
 * Jobs that change which snapshots count: forget, undelete, tag, rewrite.
 * @module
 */
import { forget } from '../../../src/jobs/forget/forget.ts';
import { undelete } from '../../../src/jobs/forget/undelete.ts';
import { rewrite } from '../../../src/jobs/rewrite/rewrite.ts';
import { tag } from '../../../src/jobs/tag/tag.ts';
import type { RetentionPolicy } from '../../../src/format/documents/retention.ts';
import type { Host, Job } from '../world/host.ts';
import type { JobParts } from './job-parts.ts';

/** Forgets by name or by a policy; the ledger hears of each before it is written down. */
export function startForget(host: Host, { ledger, plan, chance }: JobParts): Job | undefined {
  const { promised } = ledger;
  if (promised.length < 2) return undefined;
  const isByPolicy = chance.happens(0.3);
  const named = isByPolicy ? [] : [chance.pick(promised).id, chance.pick(promised).id];
  const selectors = named.slice(0, promised.length > 2 ? 2 : 1);
  const rules = isByPolicy ? keepLast(chance.between(1, 3)) : 'none';
  const { graceMs } = plan;
  const options = { selectors, rules, graceMs, timeZone: 'UTC', allowEmpty: true } as const;
  return host.start(`forget ${isByPolicy ? 'the oldest' : shown(selectors)}`, async (vault) => {
    const ids: string[] = [];
    for await (const event of forget(vault, options)) {
      if (event.type !== 'group') continue;
      const gone = event.decisions.filter(({ action }) => action === 'forget');
      for (const { id } of gone) ledger.release(id);
      ids.push(...gone.map(({ id }) => id));
    }
    for (const id of ids) ledger.settle(id);
  });
}

function keepLast(last: number): RetentionPolicy {
  return { counts: { last }, within: {}, tags: [], ids: [], groupBy: ['host'] };
}

export function startUndelete(host: Host, { ledger, chance }: JobParts): Job | undefined {
  const { released } = ledger;
  if (released.length === 0) return undefined;
  const { id } = chance.pick(released.slice(-3));
  const releases = ledger.releasesOf(id);
  return host.start(`undelete ${shown([id])}`, async (vault, life) => {
    for await (const event of undelete(vault, { ids: [id] })) {
      if (event.type === 'undeleted' && !life.isOver) ledger.restore(event.id, releases);
    }
  });
}

/** The snapshot with the new tags is promised once it is reported, and the old one no more from the beginning. */
export function startTag(host: Host, { ledger, plan, chance }: JobParts): Job | undefined {
  const { promised } = ledger;
  if (promised.length === 0) return undefined;
  const { id, tree, needs } = chance.pick(promised);
  ledger.release(id);
  const { graceMs } = plan;
  const options = { selectors: [id], add: [`tag${chance.below(3)}`], graceMs };
  return host.start(`tag ${shown([id])}`, async (vault, life) => {
    for await (const event of tag(vault, options)) {
      if (event.type !== 'tagged' || event.newId === undefined || life.isOver) continue;
      ledger.acknowledge(event.newId, tree, needs);
    }
    ledger.settle(id);
  });
}

/** Drops a file from a snapshot, and may forget the old one. */
export function startRewrite(host: Host, parts: JobParts): Job | undefined {
  const { ledger, plan, chance, needsOf } = parts;
  const candidates = ledger.promised.filter(({ tree }) => tree.size > 1);
  if (candidates.length === 0) return undefined;
  const { id, tree } = chance.pick(candidates);
  const path = chance.pick([...tree.keys()]);
  const rest = new Map([...tree].filter(([name]) => name !== path));
  const forgets = chance.happens(0.7);
  if (forgets) ledger.release(id);
  const { graceMs } = plan;
  const exclude = [`/${path.replaceAll('\0', '/')}`];
  const options = { selectors: [id], exclude, forget: forgets, graceMs };
  return host.start(`rewrite ${shown([id])}`, async (vault, life) => {
    for await (const event of rewrite(vault, options)) {
      if (event.type !== 'rewritten' || event.newId === undefined || life.isOver) continue;
      ledger.acknowledge(event.newId, rest, await needsOf(event.newId));
    }
    if (forgets) ledger.settle(id);
  });
}

function shown(ids: readonly string[]): string {
  return ids.map((id) => id.slice(0, 8)).join(' ');
}
