/**
 * A retention policy as people read it.
 * @module
 */
import type { RetentionPolicy } from '../../../format/documents/retention.ts';
import { PERIODS, UNLIMITED, formatSpan } from '../../../format/documents/retention.ts';

/** `7 daily, 4 weekly, all within 2d, tag keep`. */
export function policyText({ counts, within, tags, ids }: RetentionPolicy): string {
  const parts: string[] = [];
  for (const name of ['last', ...PERIODS] as const) {
    const count = counts[name];
    if (count !== undefined) parts.push(`${count === UNLIMITED ? 'every' : count} ${name}`);
  }
  for (const name of ['all', ...PERIODS] as const) {
    const span = within[name];
    if (span) parts.push(`${name} within ${formatSpan(span)}`);
  }
  for (const all of tags) parts.push(`tag ${all.join(',')}`);
  for (const id of ids) parts.push(`id ${id}`);
  return parts.join(', ');
}
