/**
 * Mends what a vault is opened with: `vault.json`, and the key slots. Nothing is removed before what replaces it was
 * stored and read back.
 * @module
 */
import { asPublicDocument } from '../../../base/brand.ts';
import { compareBytes, toHex } from '../../../base/bytes.ts';
import { AppError, assert, isDamage, isFailure } from '../../../base/failure.ts';
import type { Secret } from '../../../crypto/secret.ts';
import { SLOT_ID_BYTES, encodeKeySlot, keySlotKey } from '../../../format/documents/key-slot.ts';
import type { VaultFile } from '../../../format/documents/vault-file.ts';
import {
  VAULT_FILE_KEY,
  encodeVaultFile,
  isSameVault,
} from '../../../format/documents/vault-file.ts';
import { SLOTS_A_HOLDER } from '../../../vault/init-vault.ts';
import { makeMnemonicSlot } from '../../../vault/mnemonic-slot.ts';
import { readVaultFile } from '../../../vault/open-vault.ts';
import { wipePayload } from '../../../vault/roots/open-slots.ts';
import { vaultFileOf } from '../../../vault/roots/slot-fault.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { RepairAction } from '../events.ts';
import { removeObject } from '../remove-object.ts';
import type { RepairRootsEvent } from './events.ts';
import { planPlaces } from './plan-places.ts';
import { proveKeys } from './prove-keys.ts';
import type { SlotSurvey, WholeSlot } from './survey-slots.ts';
import { openOurs, surveySlots } from './survey-slots.ts';

export interface RepairRootsOptions {
  /** Removes key slots that are damaged: who has no other one for other words cannot open the vault then. */
  readonly dropDamaged?: boolean;
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Writes `vault.json` again where it is not what it was, stores a second key slot for these words where there is
 * only one, and brings slots back to their names. Damaged slots of other words are named and left.
 * @param vault opened with `mendsRoots`
 * @throws AppError `vault/contradiction` where the keys are not those of what is stored, `store/…`, `interrupted`
 */
export async function* repairRoots(
  vault: Vault,
  options: RepairRootsOptions = {},
): AsyncGenerator<RepairRootsEvent> {
  const startedMs = vault.clock();
  const { root } = vault;
  assert(root !== undefined, 'the vault was not opened to mend its roots');
  const repair = new RootsRepair(vault, root, options);
  yield* repair.mendVaultFile();
  yield* repair.mendSlots();
  const { written: objectsWritten, removed: objectsRemoved, remaining } = repair;
  yield {
    type: 'summary',
    repair: 'roots',
    dryRun: options.dryRun ?? false,
    objectsWritten,
    objectsRemoved,
    remaining,
    durationMs: vault.clock() - startedMs,
  };
}

class RootsRepair {
  written = 0;
  removed = 0;
  remaining = 0;
  readonly #vault: Vault;
  readonly #root: Secret;
  readonly #options: RepairRootsOptions;
  /** What `vault.json` has to say. */
  readonly #file: VaultFile;

  constructor(vault: Vault, root: Secret, options: RepairRootsOptions) {
    this.#vault = vault;
    this.#root = root;
    this.#options = options;
    this.#file = vaultFileOf(vault.keys);
  }

  async *mendVaultFile(): AsyncGenerator<RepairRootsEvent> {
    const why = await this.#faultOfVaultFile();
    if (why === undefined) return;
    await proveKeys(this.#vault, this.#options.signal);
    yield await this.#put(VAULT_FILE_KEY, encodeVaultFile(this.#file), why);
  }

  async *mendSlots(): AsyncGenerator<RepairRootsEvent> {
    const survey = await this.#survey();
    yield* this.#addSlots(survey);
    const plan = planPlaces(survey.whole, () => keySlotKey(this.#newId()));
    for (const { key, bytes, why } of plan.puts) yield await this.#put(key, bytes, why);
    for (const key of plan.removals) yield await this.#remove(key, 'it is stored by its own name');
    const mended = new Set(plan.puts.map(({ key }) => key));
    yield* this.#dropDamaged(survey.damaged.filter(({ key }) => !mended.has(key)));
  }

  #survey(): Promise<SlotSurvey> {
    return surveySlots(this.#vault.store, this.#root, this.#file, this.#options.signal);
  }

  async #faultOfVaultFile(): Promise<string | undefined> {
    try {
      const file = await readVaultFile(this.#vault.store, this.#options.signal);
      return isSameVault(file, this.#file) ? undefined : 'it was that of another vault';
    } catch (error) {
      if (isFailure(error, 'vault/not-found')) return 'it was gone';
      if (!isDamage(error) && !isFailure(error, 'vault/unsupported', 'store/checksum')) throw error;
      return 'it was damaged';
    }
  }

  /** Slots for these words, until there are as many as a new vault has, and one that names the vault. */
  async *#addSlots({ whole }: SlotSurvey): AsyncGenerator<RepairRootsEvent> {
    const ours = distinct(whole.filter(({ isOurs }) => isOurs));
    const [first] = ours;
    if (!first) throw new AppError('vault/changed', 'the key slot that opened the vault is gone');
    const names = ours.some(({ slot, isMended }) => slot.vault !== undefined || isMended);
    const missing = Math.max(SLOTS_A_HOLDER - ours.length, names ? 0 : 1);
    for (let n = 0; n < missing; n++) yield await this.#addSlot(first);
  }

  async #addSlot({ slot }: WholeSlot): Promise<RepairRootsEvent> {
    const payload = openOurs(slot, this.#root, this.#file);
    assert(payload !== undefined, 'the slot that opened before opens again');
    try {
      const added = makeMnemonicSlot(this.#root, payload, this.#vault.random);
      const key = keySlotKey(added.slotId);
      return await this.#put(key, encodeKeySlot(added), 'another key slot for the same words');
    } finally {
      wipePayload(payload);
    }
  }

  async *#dropDamaged(damaged: SlotSurvey['damaged']): AsyncGenerator<RepairRootsEvent> {
    for (const { key, error } of damaged) {
      if (this.#options.dropDamaged) {
        yield await this.#remove(key, error.message);
        continue;
      }
      this.remaining++;
      const hint = 'it may be for other words, and is left; see --drop-damaged';
      yield { type: 'notice', message: `${error.message}; ${hint}` };
    }
  }

  /** Stores a public document, and reads it back. */
  async #put(key: string, bytes: Uint8Array, why: string): Promise<RepairRootsEvent> {
    const { dryRun, signal } = this.#options;
    if (!dryRun) {
      const { store } = this.#vault;
      await store.put(key, asPublicDocument(bytes), { tier: 'metadata', signal });
      if (compareBytes(await store.get(key, { signal }), bytes) !== 0) {
        throw new AppError('store/checksum', `${key} was stored, and reads back otherwise`);
      }
    }
    this.written++;
    return step('object-written', key, why);
  }

  async #remove(key: string, why: string): Promise<RepairRootsEvent> {
    const { dryRun, signal } = this.#options;
    const kept = dryRun ? undefined : await removeObject(this.#vault, key, signal);
    if (kept !== undefined) {
      this.remaining++;
      return { type: 'notice', message: kept };
    }
    this.removed++;
    return step('object-removed', key, why);
  }

  #newId(): string {
    return toHex(this.#vault.random(SLOT_ID_BYTES));
  }
}

function distinct(slots: readonly WholeSlot[]): WholeSlot[] {
  return [...new Map(slots.map((one) => [one.slot.slotId, one])).values()];
}

function step(action: RepairAction, subject: string, message: string): RepairRootsEvent {
  return { type: 'step', action, subject, message };
}
