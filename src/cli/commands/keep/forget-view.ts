/**
 * What people see of a `forget`.
 * @module
 */
import { formatDuration } from '../../../base/units.ts';
import { printable } from '../../../files/path.ts';
import type {
  ForgetEvent,
  ForgetSummary,
  GroupReport,
  PolicyReport,
} from '../../../jobs/forget/events.ts';
import { groupText } from '../../../jobs/forget/policy/groups.ts';
import type { JobView } from '../../render/job.ts';
import { table } from '../../render/table.ts';
import { counted, localTime, shortId } from '../../render/words.ts';

const COLUMNS = [
  { title: 'what' },
  { title: 'id' },
  { title: 'time' },
  { title: 'tags' },
  { title: 'why' },
];

const SOURCES = {
  given: 'keep',
  saved: "keep, as the vault's settings say,",
  default: 'keep, as nothing else is said,',
};

/** @param isDryRun the decisions are the result; otherwise they are shown with `--verbose` */
export function forgetView(isDryRun: boolean): JobView<ForgetEvent> {
  return {
    async show(event, out) {
      switch (event.type) {
        case 'policy':
          out.note(policyLine(event));
          break;
        case 'group':
          if (isDryRun || out.verbose) await out.tryResult(groupTable(event));
          break;
        case 'missing':
          out.note(
            `snapshot ${shortId(event.id)} of ${printable(event.host)}, number ${event.sequence} ` +
              'of its chain, is missing',
          );
          break;
        case 'summary':
          if (!out.quiet) await out.tryResult(summaryText(event));
          break;
        case 'notice':
          break;
      }
    },
  };
}

function policyLine({ source, rules, groupBy, timeZone }: PolicyReport): string {
  const by = groupBy.length > 0 ? `by ${groupBy.join(', ')}` : 'all together';
  return `cybs3: ${SOURCES[source]} ${rules} (${by}; days of ${timeZone})`;
}

function groupTable({ group, decisions }: GroupReport): string {
  const rows = decisions.map(({ id, timeMs, tags, action, isFutureDated, reasons }) => [
    action + (isFutureDated ? '!' : ''),
    shortId(id),
    localTime(timeMs),
    printable(tags.join(',')),
    reasons.join('; '),
  ]);
  return `${printable(groupText(group))}\n${table(COLUMNS, rows)}\n`;
}

function summaryText(summary: ForgetSummary): string {
  const { dryRun, kept, forgotten, missing, futureDated, graceMs } = summary;
  const verb = dryRun ? 'would be forgotten' : 'forgotten';
  const lines = [`${counted(forgotten, 'snapshot')} ${verb}, ${kept} kept`];
  if (missing > 0) lines.push(`${counted(missing, 'missing snapshot')} ${verb}`);
  if (futureDated > 0) {
    lines.push(`${counted(futureDated, 'snapshot')} dated in the future: kept, and not counted`);
  }
  if (forgotten > 0 && !dryRun) {
    const until = `for ${formatDuration(graceMs)}, \`cybs3 undelete\` takes them back`;
    lines.push(`${until}; then \`cybs3 prune\` deletes them`);
  }
  return lines.map((line) => `${line}\n`).join('');
}
