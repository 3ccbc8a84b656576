/**
 * A host: a clock of its own that is wrong, a tree of files, and one job at a time.
 * @module
 */
import { messageOf } from '../../../src/base/failure.ts';
import { RetryingStore } from '../../../src/store/retry.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { Chance } from '../chance.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../plan.ts';
import { HostStore } from './host-store.ts';
import type { Life, World } from './world.ts';

export interface Job {
  readonly name: string;
  readonly host: Host;
  /** How it ended, once it has. */
  end?: { readonly error?: unknown };
}

export type Work = (vault: Vault, life: Life) => Promise<void>;

/** Puts something between a host and the store. */
export type WrapStore = (store: ObjectStore) => ObjectStore;

export class Host {
  readonly name: string;
  readonly chance: Chance;
  readonly #world: World;
  readonly #template: Vault;
  /** Until then it is suspended. */
  wakesMs = 0;
  life: Life = { host: this, isOver: false };
  job: Job | undefined;
  #skewMs: number;

  constructor(world: World, name: string, template: Vault) {
    this.#world = world;
    this.name = name;
    this.#template = template;
    this.chance = world.chance.fork();
    this.#skewMs = Math.round((this.chance.fraction() - 0.5) * 2 * world.plan.skewMs);
  }

  readonly clock = (): number => this.#world.nowMs + this.#skewMs;

  get isBusy(): boolean {
    return this.job !== undefined;
  }

  /** It may begin something. */
  get isFree(): boolean {
    return !this.isBusy && this.wakesMs <= this.#world.nowMs;
  }

  /** For a while nothing of it goes on. Some clocks stand still as well meanwhile (a paused machine). */
  suspend(): void {
    const { chance } = this;
    const longest = chance.pick([HOUR_MS, 4 * DAY_MS, 4 * DAY_MS, 15 * DAY_MS]);
    const ms = Math.ceil(chance.fraction() * longest);
    const isPaused = chance.happens(0.2);
    this.wakesMs = this.#world.nowMs + ms;
    if (isPaused) this.#skewMs -= ms;
    this.#world.note(
      this.name,
      `sleeps for ${(ms / HOUR_MS).toFixed(2)}h${isPaused ? ', and so does its clock' : ''}`,
    );
  }

  jumpClock(): void {
    const farthest = this.chance.pick([MINUTE_MS, HOUR_MS, DAY_MS, 30 * DAY_MS]);
    const ms = Math.round((this.chance.fraction() - 0.5) * 2 * farthest);
    this.#skewMs = this.chance.happens(0.3) ? 0 : this.#skewMs + ms;
    this.#world.note(this.name, `its clock is off by ${(this.#skewMs / HOUR_MS).toFixed(2)}h now`);
  }

  /** The vault as this host sees it, in this life. */
  #openVault(wrapStore: WrapStore): Vault {
    const { clock, chance } = this;
    const store = new RetryingStore(wrapStore(new HostStore(this.#world, this.life)), {
      maxAttempts: this.#world.plan.attempts,
      firstPauseMs: 500,
      clock: () => this.#world.nowMs,
      random: () => chance.fraction(),
      sleep: (ms) => this.#sleep(ms),
    });
    return { ...this.#template, store, clock, random: (length) => chance.bytes(length) };
  }

  #sleep(ms: number): Promise<void> {
    const { life } = this;
    const apply = () => undefined;
    return this.#world.send({ life, what: 'sleep', about: '', apply, isWrite: false }, ms);
  }

  /** Begins a job; it goes on as the world lets it. */
  start(name: string, work: Work, wrapStore: WrapStore = (store) => store): Job {
    if (this.life.isOver) this.life = { host: this, isOver: false };
    const { life } = this;
    const job: Job = { name, host: this };
    this.job = job;
    this.#world.note(this.name, `begins: ${name}`);
    const end = (error?: unknown) => {
      const text = error === undefined ? 'done' : messageOf(error);
      this.#world.note(this.name, `ends: ${name}: ${text}`);
      job.end = error === undefined ? {} : { error };
      if (this.job === job) this.job = undefined;
    };
    work(this.#openVault(wrapStore), life).then(() => end(), end);
    return job;
  }
}
