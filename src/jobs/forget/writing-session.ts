/**
 * Commits of several snapshots upon one look at the vault, and anew where a prune changed it meanwhile. Only for
 * manifests of snapshots that count, which need nothing else: what was stored or found with one view may be gone with
 * the next.
 * @module
 */
import { isFailure } from '../../base/failure.ts';
import type { WritingView } from '../../vault/commit/writing-view.ts';
import { loadGcForWriting, openForWriting } from '../../vault/commit/writing-view.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import type { Vault } from '../../vault/vault.ts';

/** So often something is begun anew because a prune took what it relied on. */
const ATTEMPTS = 3;

export class WritingSession {
  readonly #vault: Vault;
  readonly #signal: AbortSignal | undefined;
  #gc: GcState | undefined;
  #view: WritingView | undefined;

  /** @param gc what was loaded just now */
  constructor(vault: Vault, gc: GcState, signal?: AbortSignal) {
    this.#vault = vault;
    this.#gc = gc;
    this.#signal = signal;
  }

  /**
   * Does something that ends in a commit; again, with another view, where it throws `vault/changed`.
   * @throws AppError what `work` throws in the end
   */
  async run<T>(work: (view: WritingView) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#view ??= await this.#open(attempt > 1);
        return await work(this.#view);
      } catch (error) {
        if (!isFailure(error, 'vault/changed') || attempt === ATTEMPTS) throw error;
        this.#view = undefined;
        this.#gc = undefined;
      }
    }
  }

  async #open(avoidsAll: boolean): Promise<WritingView> {
    this.#gc ??= await loadGcForWriting(this.#vault, this.#signal);
    return openForWriting(this.#vault, this.#gc, { signal: this.#signal, avoidsAll });
  }
}
