/**
 * Writes down in the vault what was checked, drilled or pruned, so that `status` on any host can tell.
 * @module
 */
import { hostname } from 'node:os';
import { AppError } from '../../../../base/failure.ts';
import type {
  CheckEvidence,
  DrillEvidence,
  Evidence,
  PruneEvidence,
} from '../../../../format/documents/evidence.ts';
import type { Vault } from '../../../../vault/vault.ts';
import type { CommandContext } from '../../../command.ts';

/** What the commands themselves do not know of. */
type Common = 'timeMs' | 'host' | 'program';
type Facts =
  Omit<CheckEvidence, Common> | Omit<DrillEvidence, Common> | Omit<PruneEvidence, Common>;

export interface EvidenceTarget {
  /** It was opened for writing; one that was opened for reading is opened once more. */
  readonly isForWriting: boolean;
}

/**
 * Who may only read, or meets damaged settings, has done the work all the same: that is said, and is no failure.
 * @returns what there is to write down, written down or not
 */
export async function saveEvidence(
  context: CommandContext<object>,
  vault: Vault,
  facts: Facts,
  { isForWriting }: EvidenceTarget,
): Promise<Evidence> {
  const { clock, out, programVersion, signal } = context;
  const program = `cybs3 ${programVersion}`;
  const evidence: Evidence = { ...facts, timeMs: clock(), host: hostname(), program };
  const { saveEvidence: save } = await import('../../../../vault/history/evidence.ts');
  try {
    if (isForWriting) await save(vault, evidence, signal);
    else {
      const { openForRecords } = await import('../../../compose.ts');
      await using writable = await openForRecords(context, vault);
      await save(writable, evidence, signal);
    }
  } catch (error) {
    if (!(error instanceof AppError) || signal.aborted) throw error;
    out.note(`cybs3: this ${facts.type} is not recorded in the vault: ${error.message}`);
  }
  return evidence;
}
