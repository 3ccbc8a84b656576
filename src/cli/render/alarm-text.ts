/**
 * Alarms about snapshots, as people and scripts get to see them.
 * @module
 */
import { printable } from '../../files/path.ts';
import type { SnapshotAlarm } from '../../vault/history/snapshot-watch.ts';
import type { Output } from './output.ts';
import { jsonLine } from './output.ts';
import { counted, localTime, shortId } from './words.ts';

const NAMED_MAX = 5;

/** Lines on stderr, also with `--quiet`: one JSON object each with `--json`. */
export function showAlarms(out: Output, alarms: readonly SnapshotAlarm[]): void {
  for (const reason of ['snapshot-missing', 'snapshot-replaced'] as const) {
    const some = alarms.filter((alarm) => alarm.reason === reason);
    if (some.length === 0) continue;
    const [message, hint] = [messageOf(reason, some), HINTS[reason]];
    if (out.json) {
      const snapshots = some.map(({ snapshot }) => snapshot);
      out.complain(jsonLine('alarm', { reason, message, hint, snapshots }).trimEnd());
    } else out.complain(`cybs3: ALARM: ${message}\ncybs3: hint: ${hint}`);
  }
}

const HINTS: Readonly<Record<SnapshotAlarm['reason'], string>> = {
  'snapshot-missing':
    'somebody deleted from the bucket, or it is an older state of it; look with `cybs3 check`; ' +
    'where they are lost for good, `cybs3 forget --missing` says so in the vault',
  'snapshot-replaced':
    'only somebody who has the words can have made it; look with `cybs3 check`, then restore ' +
    'from another snapshot, and forget this one',
};

function messageOf(reason: SnapshotAlarm['reason'], alarms: readonly SnapshotAlarm[]): string {
  const named = alarms.slice(0, NAMED_MAX).map(({ snapshot: { id, host, timeMs } }) => {
    return `${shortId(id)} of ${printable(host)}, ${localTime(timeMs)}`;
  });
  const more = alarms.length - named.length;
  const list = named.join('; ') + (more > 0 ? `; and ${counted(more, 'other')}` : '');
  const what = counted(alarms.length, 'snapshot');
  const verb = alarms.length === 1 ? 'is' : 'are';
  if (reason === 'snapshot-replaced') {
    return `${what} ${verb} not what this machine has seen under the same name: ${list}`;
  }
  const unsure = alarms.some(({ isUnsure }) => isUnsure)
    ? ' (as far as the records under gc/ can be read)'
    : '';
  return `${what} that this machine has seen ${verb} gone, not forgotten${unsure}: ${list}`;
}
