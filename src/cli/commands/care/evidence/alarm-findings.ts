/**
 * What a check finds, and what this machine remembers besides: snapshots that vanished are errors, whether or not a
 * chain of snapshots tells of them.
 * @module
 */
import type { CheckEvent, CheckFinding, CheckSummary } from '../../../../jobs/events.ts';
import type { SnapshotAlarm } from '../../../../vault/history/snapshot-watch.ts';
import type { Vault } from '../../../../vault/vault.ts';

/** @param onSummary told of the summary, with what was added */
export async function* withAlarms(
  events: AsyncIterable<CheckEvent>,
  { watch }: Vault,
  onSummary: (summary: CheckSummary) => void,
): AsyncGenerator<CheckEvent> {
  const told = new Set<string>();
  for await (const event of events) {
    if (event.type === 'finding') told.add(`${event.reason} ${event.subject}`);
    if (event.type !== 'summary') {
      yield event;
      continue;
    }
    const findings = ((await watch?.settled()) ?? []).map(findingOf);
    const further = findings.filter(({ reason, subject }) => !told.has(`${reason} ${subject}`));
    yield* further;
    const summary = { ...event, errors: event.errors + further.length };
    onSummary(summary);
    yield summary;
  }
}

function findingOf({ reason, snapshot: { id } }: SnapshotAlarm): CheckFinding {
  const message =
    reason === 'snapshot-missing'
      ? 'this machine has seen it, it is gone, and nobody forgot it'
      : 'it is not what this machine has seen under that name';
  return { type: 'finding', severity: 'error', subject: `snapshot ${id}`, reason, message };
}
