/**
 * One history: hosts do things and things happen to them, and every step is judged; then all is calm, and what was
 * interrupted must come to its end.
 * @module
 */
import { isFailure, messageOf } from '../../src/base/failure.ts';
import { Chance } from './chance.ts';
import { checkOrphans, findOrphans } from './checks/check-orphans.ts';
import { checkPromises } from './checks/check-promises.ts';
import { Ledger } from './checks/ledger.ts';
import { needsOf, restoreAll } from './checks/restore-all.ts';
import { TrueState } from './checks/true-state.ts';
import { Violation } from './checks/violation.ts';
import type { Vault } from '../../src/vault/vault.ts';
import type { Plan, PlanOverrides } from './plan.ts';
import { DAY_MS, HOUR_MS, drawPlan } from './plan.ts';
import type { JobParts, PlantedBug } from './work/job-parts.ts';
import type { JobName } from './work/jobs.ts';
import { startJob } from './work/jobs.ts';
import { ChangingTree } from './work/tree.ts';
import { DirectStore } from './world/direct-store.ts';
import type { Job } from './world/host.ts';
import { Host } from './world/host.ts';
import type { Template } from './world/template.ts';
import { Crashed, World } from './world/world.ts';

export interface HistoryOptions {
  readonly seed: number;
  readonly overrides?: PlanOverrides;
  readonly isLogged?: boolean;
  readonly bug?: PlantedBug;
}

export interface HistoryResult {
  readonly seed: number;
  readonly plan: Plan;
  readonly steps: number;
  /** How jobs ended, counted: `backup done`, `prune vault/busy`. */
  readonly ends: ReadonlyMap<string, number>;
  readonly violation?: Violation;
  readonly log: readonly string[];
}

const STEPS_MAX = 20_000;
/** Longer than anything in the vault is remembered. */
const LONG_MS = 40 * DAY_MS;

export async function runHistory(
  template: Template,
  options: HistoryOptions,
): Promise<HistoryResult> {
  const history = new History(template, options);
  const { violation } = await history.run();
  const { plan, steps, log } = history.world;
  const { seed } = options;
  const ends = history.ends;
  return { seed, plan, steps, ends, log: log ?? [], ...(violation && { violation }) };
}

class History {
  readonly world: World;
  readonly ends = new Map<string, number>();
  /** Over the store as it truly is. */
  readonly #vault: Vault;
  readonly #ledger = new Ledger();
  readonly #state: TrueState;
  readonly #parts: JobParts;
  #running: Job[] = [];
  /** `<job> <host>` of what did not end well. */
  readonly #interrupted = new Set<string>();
  #jobsLeft: number;

  constructor(template: Template, { seed, overrides, isLogged = false, bug }: HistoryOptions) {
    const chance = new Chance(seed);
    const plan = drawPlan(chance, overrides);
    const bucket = template.bucket.copy();
    this.#state = new TrueState(bucket, template.vault);
    this.world = new World(plan, chance, bucket, isLogged);
    this.#vault = { ...template.vault, store: new DirectStore(bucket) };
    const trees = new Map<Host, ChangingTree>();
    for (let i = 0; i < plan.hosts; i++) {
      const host = new Host(this.world, `host${i}`, template.vault);
      this.world.hosts.push(host);
      trees.set(host, new ChangingTree(host.chance, plan.files));
    }
    this.#jobsLeft = plan.jobs;
    const treeOf = (host: Host) => trees.get(host) as ChangingTree;
    const packs = () => this.#state.storedPacks;
    this.#parts = {
      ledger: this.#ledger,
      plan,
      chance,
      treeOf,
      packs,
      bug,
      needsOf: (id) => needsOf(this.#vault, id),
    };
  }

  async run(): Promise<{ violation?: Violation }> {
    try {
      await this.#storm();
      this.world.calm();
      await this.#finish();
      await this.#settle();
      return {};
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.world.note('broken:', error.message);
      return { violation: error };
    }
  }

  async #storm(): Promise<void> {
    const { world } = this;
    while (this.#jobsLeft > 0) {
      if (world.chance.happens(world.plan.startRate)) this.#begin();
      if (await this.#step()) continue;
      if (this.#running.length === 0 && world.chance.happens(0.5)) {
        world.pass(Math.ceil(world.chance.fraction() * 2 * DAY_MS));
      }
      if (!this.#begin()) world.skipToNext();
    }
  }

  /** @returns whether anything moved */
  async #step(): Promise<boolean> {
    const { world } = this;
    const isMoved = await world.step();
    if (!isMoved) await new Promise((resolve) => setImmediate(resolve));
    checkPromises(this.#ledger, this.#state);
    this.#running = this.#running.filter((job) => !this.#isEnded(job));
    if (world.steps > STEPS_MAX) throw new Violation('endless', `${STEPS_MAX} steps`);
    return isMoved;
  }

  #isEnded({ name, host, end }: Job): boolean {
    if (!end) return false;
    const { error } = end;
    const kind = name.split(' ')[0] ?? '';
    if (error !== undefined) this.#interrupted.add(`${kind} ${host.name}`);
    const how = isFailure(error) ? error.code : error === undefined ? 'done' : messageOf(error);
    this.ends.set(`${kind} ${how}`, (this.ends.get(`${kind} ${how}`) ?? 0) + 1);
    if (error !== undefined && !this.#isExcused(kind, error)) {
      const stack = error instanceof Error ? error.stack?.split('\n').slice(1, 6).join('\n') : '';
      throw new Violation('failure', `${name}: ${messageOf(error)}\n${stack}`);
    }
    return true;
  }

  /** Whether a job may end like that. */
  #isExcused(kind: string, error: unknown): boolean {
    if (error instanceof Crashed) return true;
    // The pack that was to be repaired is gone.
    if (kind === 'repair' && isFailure(error, 'usage')) return true;
    if (isFailure(error, 'vault/changed', 'vault/busy')) return true;
    if (isFailure(error, 'vault/contradiction')) return this.#isOfNobody(error.message);
    // Told apart where a job runs alone.
    return isFailure(error) && /^(store|snapshot)\//.test(error.code);
  }

  /**
   * What nobody was told of may be seen before its writer, who slept too long, takes it back; what is forgotten may be
   * gone when a prune that slept comes to it.
   */
  #isOfNobody(message: string): boolean {
    const [, start] = /snapshot ([0-9a-f]{8}) needs/.exec(message) ?? [];
    return start !== undefined && !this.#ledger.promised.some(({ id }) => id.startsWith(start));
  }

  #begin(): boolean {
    const { world } = this;
    const free = world.hosts.filter((host) => host.isFree);
    if (free.length === 0) return false;
    const { forgetWeight, pruneWeight } = world.plan;
    const hasAny = this.#ledger.promised.length > 0;
    const name: JobName = hasAny
      ? world.chance.weighed([
          ['backup', 5],
          ['prune', pruneWeight],
          ['forget', forgetWeight],
          ['undelete', 1.5],
          ['tag', 0.7],
          ['rewrite', 0.7],
          ['repair', 0.7],
        ])
      : 'backup';
    const job = startJob(name, world.chance.pick(free), this.#parts);
    if (!job) return false;
    this.#running.push(job);
    this.#jobsLeft--;
    return true;
  }

  /** Everything that was begun ends. */
  async #finish(): Promise<void> {
    while (this.#running.length > 0) {
      if (await this.#step()) continue;
      if (this.#running.length > 0 && !this.world.skipToNext()) {
        throw new Violation('endless', `${this.#running[0]?.name} waits for nothing`);
      }
    }
  }

  /** Does one thing with nothing else going on. */
  async #alone(name: JobName, host = this.world.hosts[0] as Host): Promise<void> {
    const job = startJob(name, host, this.#parts);
    if (job) this.#running.push(job);
    await this.#finish();
    const { error } = job?.end ?? {};
    if (error !== undefined) throw new Violation('failure', `${name}, alone: ${messageOf(error)}`);
  }

  /** What did not end well is done again, and must. Snapshots may be taken back too late. */
  async #rerun(): Promise<void> {
    const interrupted = Array.from(this.#interrupted);
    for (const one of interrupted) {
      const [name, hostName] = one.split(' ');
      const host = this.world.hosts.find((other) => other.name === hostName);
      if (name !== 'undelete') await this.#alone(name as JobName, host);
    }
  }

  async #settle(): Promise<void> {
    const { world } = this;
    await restoreAll(this.#vault, this.#ledger);
    await this.#rerun();
    await this.#alone('backup');
    // By all that is shown: of what is there, some was never promised, or a job that changed nothing let go of it.
    const needed = await restoreAll(this.#vault, this.#ledger);
    world.pass(LONG_MS);
    const orphans = findOrphans(this.#state, needed);
    await this.#alone('prune');
    world.pass(world.plan.graceMs + HOUR_MS);
    await this.#alone('prune');
    checkOrphans(this.#state, orphans);
    await restoreAll(this.#vault, this.#ledger);
  }
}
