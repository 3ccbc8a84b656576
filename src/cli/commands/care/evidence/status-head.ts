/**
 * `cybs3 status --head`
 * @module
 */
import { printable } from '../../../../files/path.ts';
import type { FoundHead, Head } from '../../../../jobs/status/heads.ts';
import { findHeads, listHeads } from '../../../../jobs/status/heads.ts';
import { loadHistory } from '../../../../jobs/status/load-history.ts';
import type { SeenSnapshot } from '../../../../vault/history/seen-snapshots.ts';
import type { Vault } from '../../../../vault/vault.ts';
import type { CommandContext } from '../../../command.ts';
import { ExitCode } from '../../../explain.ts';
import { table } from '../../../render/table.ts';
import { counted, localTime, shortId } from '../../../render/words.ts';

/**
 * @param codes what is looked for; none: codes are given out
 * @throws AppError `usage` for a text that is no code, `store/…`
 */
export async function showHeads(
  vault: Vault,
  context: CommandContext<object>,
  codes: readonly string[],
): Promise<ExitCode> {
  const { out, signal } = context;
  const history = await loadHistory(vault, signal);
  const found = findHeads(vault, history, codes);
  const heads = codes.length === 0 ? listHeads(vault, history) : [];
  if (out.json) {
    await out.document('heads', codes.length === 0 ? { heads } : { found: found.map(foundJson) });
  } else if (codes.length > 0) await out.result(found.map(foundText).join(''));
  else if (heads.length > 0) await out.result(headsText(heads));
  else out.note('no snapshots');
  const alarms = (await vault.watch?.settled()) ?? [];
  const isLost = found.some(({ snapshot }) => !snapshot);
  return isLost || alarms.length > 0 ? ExitCode.damaged : ExitCode.done;
}

function headsText(heads: readonly Head[]): string {
  const columns = [{ title: 'code' }, { title: 'host' }, { title: 'time' }, { title: 'snapshot' }];
  const rows = heads.map(({ code, host, timeMs, id }) => {
    return [code, printable(host), localTime(timeMs), shortId(id)];
  });
  return table(columns, rows);
}

function foundText({ code, snapshot, isForgotten, newer }: FoundHead): string {
  if (!snapshot) {
    return (
      `${code}  UNKNOWN: the vault knows no such snapshot. It was put back to an older state, ` +
      'or somebody took the snapshot away\n'
    );
  }
  const since = newer > 0 ? `, and ${counted(newer, 'newer one')}` : ', the newest';
  const what = isForgotten ? 'known, and forgotten on purpose' : `there${since}`;
  return `${code}  ${what}: ${snapshotText(snapshot)}\n`;
}

function snapshotText({ id, host, timeMs }: SeenSnapshot): string {
  return `${shortId(id)} of ${printable(host)}, ${localTime(timeMs)}`;
}

function foundJson({ code, snapshot, isForgotten, newer }: FoundHead): object {
  if (!snapshot) return { code, state: 'unknown' };
  return { code, state: isForgotten ? 'forgotten' : 'there', snapshot, newer };
}
