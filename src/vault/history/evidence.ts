/**
 * Evidence in a vault: what was checked, drilled and pruned, by whom and when. Any host sees that of all.
 * @module
 */
import { isDamage, isFailure } from '../../base/failure.ts';
import { mapConcurrent } from '../../base/flow.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import type { Evidence, EvidenceType } from '../../format/documents/evidence.ts';
import { decodeEvidence, encodeEvidence } from '../../format/documents/evidence.ts';
import { EVIDENCE_PREFIX, isObjectKey } from '../pack-key.ts';
import { loadSealedFile, saveSealedFile } from '../sealed-file.ts';
import type { Vault } from '../vault.ts';

/** Of each host and type so many are kept. */
const KEPT = 4;
/** The newest so many are looked at: anybody who may write could put more there. */
const LOADED_MAX = 1000;
const LOADS_AT_ONCE = 16;

export interface StoredEvidence {
  readonly key: string;
  readonly evidence: Evidence;
  /** What the host says, but not later than the store says: clocks go wrong, and objects are put back. */
  readonly writtenMs: number;
}

/**
 * Newest first. Who cannot be read, or is of an unknown type, is left out.
 * @throws AppError `store/…`
 */
export async function loadEvidence(vault: Vault, signal?: AbortSignal): Promise<StoredEvidence[]> {
  const listed: { key: string; modifiedMs?: number }[] = [];
  for await (const object of vault.store.list(EVIDENCE_PREFIX, signal)) {
    if (isObjectKey(EVIDENCE_PREFIX, object.key)) listed.push(object);
  }
  listed.sort((a, b) => (b.modifiedMs ?? 0) - (a.modifiedMs ?? 0));
  const found: StoredEvidence[] = [];
  const load = async ({ key, modifiedMs }: (typeof listed)[number]) => {
    const evidence = await loadOne(vault, key, signal);
    if (!evidence) return undefined;
    return { key, evidence, writtenMs: Math.min(evidence.timeMs, modifiedMs ?? Infinity) };
  };
  for await (const one of mapConcurrent(listed.slice(0, LOADED_MAX), LOADS_AT_ONCE, load)) {
    if (one) found.push(one);
  }
  return found.sort((a, b) => b.writtenMs - a.writtenMs);
}

async function loadOne(
  vault: Vault,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Evidence | undefined> {
  try {
    const { content } = await loadSealedFile(vault, key, ObjectKind.config, signal);
    return decodeEvidence(content, key);
  } catch (error) {
    if (isDamage(error) || isFailure(error, 'store/not-found')) return undefined;
    throw error;
  }
}

/**
 * Stores evidence, and takes away what of that host and type is older than the newest few.
 * @throws AppError `store/…`
 */
export async function saveEvidence(
  vault: Vault,
  evidence: Evidence,
  signal?: AbortSignal,
): Promise<void> {
  const content = encodeEvidence(evidence);
  await saveSealedFile(vault, EVIDENCE_PREFIX, ObjectKind.config, content, signal);
  const { type, host } = evidence;
  const ours = (await loadEvidence(vault, signal)).filter(
    (one) => one.evidence.type === type && one.evidence.host === host,
  );
  for (const { key } of ours.slice(KEPT)) await removeOld(vault, key, signal);
}

/** Who may not delete, or not yet, leaves it to others. */
async function removeOld(
  vault: Vault,
  key: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await vault.store.delete(key, signal);
  } catch (error) {
    if (!isFailure(error, 'store/locked', 'store/denied', 'store/rejected')) throw error;
  }
}

/** The newest of a type, of those that fit. @param found newest first */
export function newestEvidence<Type extends EvidenceType>(
  found: readonly StoredEvidence[],
  type: Type,
  fits: (evidence: Extract<Evidence, { type: Type }>) => boolean = () => true,
) {
  for (const { evidence, writtenMs } of found) {
    if (evidence.type !== type) continue;
    const one = evidence as Extract<Evidence, { type: Type }>;
    if (fits(one)) return { evidence: one, writtenMs };
  }
  return undefined;
}
