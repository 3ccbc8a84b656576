/**
 * Finds the vault's secrets with the root key: tries the key slots with the vault id of `vault.json`, and where that
 * does not help, with those that the slots name.
 *
 * Nothing that is public is trusted: what opens is what was sealed for these words, and it says itself which vault it
 * belongs to. The public statements only help to find it.
 * @module
 */
import { toHex } from '../../base/bytes.ts';
import { AppError, isDamage, isFailure } from '../../base/failure.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { SlotPayload } from '../../format/documents/key-slot.ts';
import { SLOT_KIND_MNEMONIC } from '../../format/documents/key-slot.ts';
import type { VaultFile } from '../../format/documents/vault-file.ts';
import { isSameVault, isSupported } from '../../format/documents/vault-file.ts';
import { openMnemonicSlot } from '../mnemonic-slot.ts';
import type { StoredSlot } from './stored-slots.ts';

export interface OpenedSlots {
  /** The caller's to wipe. */
  readonly payload: SlotPayload;
  /** Keys of all slots that open with these words. */
  readonly slotKeys: readonly string[];
  /** Why `vault.json` is not what it has to be, where it is not. */
  readonly damage?: AppError;
}

/** More vaults than that share no place, unless somebody wants to waste our time. */
const STATEMENTS_MAX = 64;

/**
 * @param file what `vault.json` says, or why it cannot be read
 * @throws AppError `vault/not-found`, `keys/wrong`, `vault/mismatch` where the sealed secrets are those of another
 *   vault than is said outside, `vault/unsupported`, `object/…`, `format/…`
 */
export function openSlots(
  slots: readonly StoredSlot[],
  root: Secret,
  file: VaultFile | AppError,
  location: string,
): OpenedSlots {
  const attempt = new Attempt(slots, root);
  if (!(file instanceof AppError)) {
    const opened = attempt.open(file);
    if (opened) return opened;
  }
  const stated = statementsOf(slots);
  for (const vault of stated) {
    const opened = attempt.open(vault);
    if (opened) return { ...opened, damage: damageOf(file, location) };
  }
  if (attempt.mismatch) throw attempt.mismatch;
  if (file instanceof AppError && stated.length === 0) throw withoutStatements(file, slots);
  if (attempt.damage && attempt.tried === 0) throw attempt.damage;
  throw new AppError('keys/wrong', `these words do not open the vault at ${location}`, {
    hint: 'they are valid words, but of another vault, or a BIP39 passphrase is missing or wrong',
    cause: attempt.damage,
  });
}

class Attempt {
  /** Slots that words may open. */
  tried = 0;
  /** Of the last slot that is damaged. */
  damage: AppError | undefined;
  mismatch: AppError | undefined;
  readonly #slots: readonly StoredSlot[];
  readonly #root: Secret;

  constructor(slots: readonly StoredSlot[], root: Secret) {
    this.#slots = slots;
    this.#root = root;
    for (const { error } of slots) if (error) this.damage = error;
  }

  /** Tries all slots, taking them for slots of this vault. */
  open(vault: VaultFile): OpenedSlots | undefined {
    let payload: SlotPayload | undefined;
    const slotKeys: string[] = [];
    for (const stored of this.#slots) {
      const opened = this.#tryOpen(stored, vault);
      if (!opened) continue;
      if (isSameVault(vault, opened)) slotKeys.push(stored.key);
      else this.mismatch = mismatch();
      if (isSameVault(vault, opened) && !payload) payload = opened;
      else wipePayload(opened);
    }
    return payload && { payload, slotKeys };
  }

  #tryOpen({ slot }: StoredSlot, vault: VaultFile): SlotPayload | undefined {
    if (slot?.kind !== SLOT_KIND_MNEMONIC) return undefined;
    this.tried++;
    try {
      return openMnemonicSlot(this.#root, vault.vaultId, slot);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.damage = error;
      this.tried--;
      return undefined;
    }
  }
}

/** What slots say besides `vault.json`, each once: what most say comes first. */
function statementsOf(slots: readonly StoredSlot[]): VaultFile[] {
  const counts = new Map<string, { vault: VaultFile; count: number }>();
  for (const { slot } of slots) {
    if (!slot?.vault || !isSupported(slot.vault)) continue;
    const { vaultId, version, suite } = slot.vault;
    const name = `${toHex(vaultId)} ${version} ${suite}`;
    const found = counts.get(name) ?? { vault: slot.vault, count: 0 };
    found.count++;
    counts.set(name, found);
  }
  const byCount = [...counts.values()].sort((a, b) => b.count - a.count);
  return byCount.slice(0, STATEMENTS_MAX).map(({ vault }) => vault);
}

const MEND = 'run `cybs3 repair roots`, which writes it again';

function damageOf(file: VaultFile | AppError, location: string): AppError {
  const what = !(file instanceof AppError)
    ? 'says otherwise than the key slots'
    : file.code === 'vault/not-found'
      ? 'is gone, and only the key slots say which vault this is'
      : 'is damaged, and only the key slots say which vault this is';
  const cause = file instanceof AppError ? file : undefined;
  return new AppError('vault/mismatch', `vault.json at ${location} ${what}`, { hint: MEND, cause });
}

function mismatch(): AppError {
  return new AppError('vault/mismatch', 'vault.json does not say what the vault was made with', {
    hint: 'somebody changed vault.json: restore it from a copy, or ask who can write to the bucket',
  });
}

/** Nobody says which vault it is. */
function withoutStatements(file: AppError, slots: readonly StoredSlot[]): AppError {
  const isGone = isFailure(file, 'vault/not-found');
  // Strangers may have a folder of that name, too.
  if (!isGone || !slots.some(({ slot }) => slot)) return file;
  return new AppError('vault/not-found', 'vault.json is gone, and no key slot says what it said', {
    hint: 'restore vault.json from a copy',
    cause: file,
  });
}

/** Overwrites the secrets with zeros. */
export function wipePayload({ epochs, dedupKey }: SlotPayload): void {
  dedupKey.fill(0);
  for (const { key } of epochs) key.fill(0);
}
