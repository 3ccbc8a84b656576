/**
 * Whether the chain of an audit log is whole, as a report.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import { verifyAudit } from '../../../servers/audit/verify-audit.ts';
import type { CommandContext } from '../../command.ts';

/** @throws AppError `serve/damaged` where the chain is broken */
export async function reportAudit({ out }: CommandContext<object>, file: string): Promise<void> {
  const verdict = await verifyAudit(file);
  if ('brokenAt' in verdict) {
    const { entries, brokenAt, why } = verdict;
    throw new AppError('serve/damaged', `${file} is broken at line ${brokenAt}: ${why}`, {
      hint: `the ${entries} lines before it are as they were written`,
      detail: { entries, brokenAt },
    });
  }
  const { entries, head } = verdict;
  if (out.json) return out.document('audit', { file, entries, head });
  await out.result(`${entries} entries, the last with hash ${head}\n`);
  out.note('cut off at its end, a log looks whole: compare the hash with one kept elsewhere');
}
