/**
 * What is wrong with a vault, as far as its snapshots and the evidence in it tell.
 * @module
 */
import { printable } from '../../files/path.ts';
import type { StoredEvidence } from '../../vault/history/evidence.ts';
import { newestEvidence } from '../../vault/history/evidence.ts';
import type { Vault } from '../../vault/vault.ts';
import { checkChain } from '../check/check-chain.ts';
import { DamageBook } from '../check/damage-book.ts';
import type { SnapshotHistory } from './load-history.ts';
import type { AlarmReason, StatusAlarm } from './report.ts';

const CHAIN_REASONS: readonly AlarmReason[] = ['snapshot-missing', 'snapshot-replaced'];

/** One alarm for each snapshot and reason; what the vault's watch remembers counts as well. */
export async function findAlarms(
  vault: Vault,
  history: SnapshotHistory,
  evidence: readonly StoredEvidence[],
): Promise<StatusAlarm[]> {
  const remembered = (await vault.watch?.settled()) ?? [];
  const told = new Set(remembered.map(({ snapshot }) => `snapshot ${snapshot.id}`));
  return [
    ...remembered.map(({ reason, snapshot: { id, host } }) => {
      const what = reason === 'snapshot-missing' ? 'is gone, not forgotten' : 'is another now';
      return { reason, message: `snapshot ${id} of ${printable(host)} ${what}` };
    }),
    ...chainAlarms(history, told),
    ...history.damaged.map(({ id, error }) => {
      const message = `snapshot ${id} cannot be read: ${error.message}`;
      return { reason: 'snapshot-damaged', message } as const;
    }),
    ...evidenceAlarms(evidence),
  ];
}

function chainAlarms(history: SnapshotHistory, told: ReadonlySet<string>): StatusAlarm[] {
  const book = new DamageBook();
  checkChain(history, history.unreadable, book);
  return [...book.take()].flatMap(({ subject, reason, message }) => {
    const known = CHAIN_REASONS.find((one) => one === reason);
    return known && !told.has(subject)
      ? [{ reason: known, message: `${subject}: ${message}` }]
      : [];
  });
}

/** A check or drill that failed stands until one that comes after it does not. */
function evidenceAlarms(found: readonly StoredEvidence[]): StatusAlarm[] {
  const alarms: StatusAlarm[] = [];
  const check = newestEvidence(found, 'check')?.evidence;
  if (check && check.errors > 0) {
    const message = `the last check, by ${printable(check.host)}, found ${check.errors} errors`;
    alarms.push({ reason: 'check-failed', message });
  }
  const drill = newestEvidence(found, 'drill')?.evidence;
  const bad = drill ? drill.filesFailed + drill.filesDifferOnDisk : 0;
  if (drill && bad > 0) {
    const by = printable(drill.host);
    const message = `in the last drill, by ${by}, ${bad} files were not as they were`;
    alarms.push({ reason: 'drill-failed', message });
  }
  return alarms;
}
