/**
 * What the tests of prune share: a vault whose store tells times, forgetting, and pruning.
 * @module
 */
import type { PruneOptions } from '../../../src/jobs/prune/options.ts';
import type { PrunePlanReport, PruneSummary } from '../../../src/jobs/prune/events.ts';
import { prune } from '../../../src/jobs/prune/prune.ts';
import { DEFAULT_SETTINGS } from '../../../src/format/documents/settings.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import { saveGcRecord } from '../../../src/vault/gc/gc-state.ts';
import { initVault } from '../../../src/vault/init-vault.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { loadSnapshot } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { WORDS, random } from '../../support/test-vault.ts';

export const HOUR_MS = 60 * 60 * 1000;
export const GRACE_MS = 24 * HOUR_MS;

export class TimedVault {
  #nowMs = 1_800_000_000_000;
  readonly clock = (): number => (this.#nowMs += 10);
  readonly store: MemoryStore = new MemoryStore({ clock: this.clock });

  static async create(): Promise<TimedVault> {
    const timed = new TimedVault();
    const { store, clock } = timed;
    await initVault(store, { mnemonic: WORDS, settings: DEFAULT_SETTINGS, random, clock });
    return timed;
  }

  open(store: ObjectStore = this.store): Promise<Vault> {
    return openVault(store, { mnemonic: WORDS, random, clock: this.clock });
  }

  wait(ms: number): void {
    this.#nowMs += ms;
  }

  async forget(...ids: (string | undefined)[]): Promise<void> {
    await using vault = await this.open();
    const named = ids.filter((id) => id !== undefined);
    const loaded = await Promise.all(named.map((id) => loadSnapshot(vault, id)));
    const snapshots = loaded.map(({ id, sha256, snapshot }) => {
      const { host, timeMs, chain } = snapshot;
      return { id, sha256, host, timeMs, sequence: chain.sequence };
    });
    const timeMs = this.clock();
    await saveGcRecord(vault, { type: 'forgotten', timeMs, graceMs: GRACE_MS, snapshots });
  }

  async prune(options: Partial<PruneOptions> = {}): Promise<PruneSummary> {
    return (await this.pruneEvents(options)).summary ?? fail();
  }

  async pruneEvents(options: Partial<PruneOptions> = {}) {
    await using vault = await this.open();
    let summary: PruneSummary | undefined;
    const plans: PrunePlanReport[] = [];
    const { signal } = new AbortController();
    const all = { signal, program: 'test', graceMs: GRACE_MS, ...options };
    for await (const event of prune(vault, all)) {
      if (event.type === 'summary') summary = event;
      if (event.type === 'plan') plans.push(event);
    }
    return { summary, plans };
  }

  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.store.list(prefix)) keys.push(key);
    return keys;
  }

  async packs(): Promise<string[]> {
    return [...(await this.keys('data/')), ...(await this.keys('meta/'))];
  }
}

function fail(): never {
  throw new Error('a prune ends with a summary');
}
