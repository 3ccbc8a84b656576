/**
 * The scheduler: every request of every host waits here until chance says that it is next, and whether it is done,
 * answered, lost or late. Between two steps all code that can run has run, so that a history is told by its seed.
 * @module
 */
import { AppError } from '../../../src/base/failure.ts';
import type { Chance } from '../chance.ts';
import type { Plan } from '../plan.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, calmPlan } from '../plan.ts';
import type { Bucket } from './bucket.ts';
import type { Host } from './host.ts';

const BEGIN_MS = 1_800_000_000_000;
/** What was given up by its sender is done after so long at most, or never. */
const LATE_MS_MAX = 10 * MINUTE_MS;

/** One life of a host, from a start to a crash. */
export interface Life {
  readonly host: Host;
  isOver: boolean;
}

export interface Request {
  readonly life: Life;
  /** `put`, `list`, …, and what it is about: for the log. */
  readonly what: string;
  readonly about: string;
  /** Does the work, at one moment. */
  readonly apply: () => unknown;
  /** Repeating it, or doing it late, changes something. */
  readonly isWrite: boolean;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

interface Waiting extends Request {
  readonly notBeforeMs: number;
  readonly settle: (outcome: Outcome) => void;
  /** It was done, and the answer is on its way. */
  outcome?: Outcome;
}

interface Late {
  readonly dueMs: number;
  readonly request: Request;
}

export class World {
  /** The store's clock. */
  nowMs = BEGIN_MS;
  plan: Plan;
  readonly chance: Chance;
  readonly bucket: Bucket;
  readonly hosts: Host[] = [];
  /** What happened, where it is wanted. */
  readonly log: string[] | undefined;
  steps = 0;
  readonly #waiting: Waiting[] = [];
  #late: Late[] = [];
  #last: Host | undefined;

  constructor(plan: Plan, chance: Chance, bucket: Bucket, isLogged: boolean) {
    this.plan = plan;
    this.chance = chance;
    this.bucket = bucket;
    this.log = isLogged ? [] : undefined;
  }

  note(who: string, what: string): void {
    const at = ((this.nowMs - BEGIN_MS) / HOUR_MS).toFixed(3);
    this.log?.push(`${this.steps} ${at}h ${who} ${what}`);
  }

  send<T>(request: Request, delayMs = 0): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (outcome: Outcome) => {
        if ('value' in outcome) resolve(outcome.value as T);
        else reject(outcome.error as Error);
      };
      if (request.life.isOver) settle({ error: crashed() });
      else this.#waiting.push({ ...request, notBeforeMs: this.nowMs + Math.ceil(delayMs), settle });
    });
  }

  /** @returns false where nobody has anything to do now */
  async step(): Promise<boolean> {
    this.#disturb();
    this.#doLate();
    const next = this.#choose();
    if (!next) return false;
    this.steps++;
    this.#last = next.life.host;
    this.#move(next);
    // All promise callbacks run before an immediate does.
    await new Promise((resolve) => setImmediate(resolve));
    this.nowMs += Math.ceil(-Math.log(1 - this.chance.fraction()) * this.plan.stepMs);
    return true;
  }

  /** Lets time pass until somebody can go on. @returns false where nobody ever will */
  skipToNext(): boolean {
    let nextMs = Infinity;
    for (const { life, notBeforeMs } of this.#waiting) {
      nextMs = Math.min(nextMs, Math.max(notBeforeMs, life.host.wakesMs));
    }
    if (nextMs === Infinity) return false;
    this.nowMs = Math.max(this.nowMs, nextMs);
    return true;
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.note('time', `+${(ms / HOUR_MS).toFixed(2)}h`);
  }

  /** From now on nothing goes wrong; what is late comes. */
  calm(): void {
    this.plan = calmPlan(this.plan);
    for (const host of this.hosts) host.wakesMs = 0;
    this.nowMs += LATE_MS_MAX;
    this.#doLate();
  }

  /** The memory of a host is gone; what it had asked for is done, or is not, or later. */
  crash(host: Host): void {
    this.note(host.name, 'crashes');
    const { life } = host;
    life.isOver = true;
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const request = this.#waiting[i] as Waiting;
      if (request.life !== life) continue;
      this.#waiting.splice(i, 1);
      if (!request.outcome && request.isWrite && this.chance.happens(0.5)) this.#delay(request);
      request.settle({ error: crashed() });
    }
  }

  #disturb(): void {
    const { chance, plan } = this;
    const { crashRate, suspendRate, jumpRate, leapRate } = plan;
    let at = chance.fraction() - crashRate - suspendRate;
    if (at < 0) {
      const working = this.hosts.filter((host) => host.isBusy && host.wakesMs <= this.nowMs);
      if (working.length === 0) return;
      // Writers that come late are what prunes have to fear.
      const writing = working.filter((host) => host.job?.name === 'backup');
      const host = chance.pick(writing.length > 0 && chance.happens(0.7) ? writing : working);
      if (at + suspendRate < 0) this.crash(host);
      else host.suspend();
    } else if ((at -= jumpRate) < 0) chance.pick(this.hosts).jumpClock();
    else if (at - leapRate < 0) this.pass(Math.ceil(chance.fraction() * DAY_MS * 1.5));
  }

  #doLate(): void {
    if (this.#late.length === 0) return;
    const due = this.#late.filter(({ dueMs }) => dueMs <= this.nowMs);
    this.#late = this.#late.filter(({ dueMs }) => dueMs > this.nowMs);
    for (const { request } of due) {
      this.note(request.life.host.name, `${request.what} ${request.about} is done late`);
      request.apply();
    }
  }

  #delay(request: Request): void {
    const dueMs = this.nowMs + Math.ceil(this.chance.fraction() * LATE_MS_MAX);
    this.#late.push({ dueMs, request });
  }

  #choose(): Waiting | undefined {
    const { chance, nowMs } = this;
    let ready = this.#waiting.filter(
      ({ life, notBeforeMs }) => notBeforeMs <= nowMs && life.host.wakesMs <= nowMs,
    );
    if (ready.length === 0) return undefined;
    if (chance.happens(this.plan.stickiness)) {
      const own = ready.filter(({ life }) => life.host === this.#last);
      if (own.length > 0) ready = own;
    } else {
      const host = chance.pick([...new Set(ready.map(({ life }) => life.host))]);
      ready = ready.filter(({ life }) => life.host === host);
    }
    const next = chance.pick(ready);
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }

  #move(request: Waiting): void {
    const { chance, plan } = this;
    if (request.outcome) return request.settle(request.outcome);
    const fate = request.what === 'sleep' ? 1 : chance.fraction();
    const { failRate, lostRate, lateRate, holdRate } = plan;
    const say = (how: string) =>
      this.note(request.life.host.name, `${request.what} ${request.about}${how}`);
    if (fate < failRate) {
      say(' fails');
      request.outcome = { error: unavailable() };
    } else if (fate < failRate + lateRate && request.isWrite) {
      say(' is given up, and may be done later');
      if (chance.happens(0.7)) this.#delay(request);
      request.outcome = { error: unavailable() };
    } else {
      const outcome = outcomeOf(request.apply);
      const isLost = fate > 1 - lostRate && fate < 1;
      say(isLost ? ' is done, and the answer lost' : 'error' in outcome ? ' is refused' : '');
      request.outcome = isLost ? { error: unavailable() } : outcome;
    }
    if (fate < 1 && chance.happens(holdRate)) this.#waiting.push(request);
    else request.settle(request.outcome);
  }
}

function outcomeOf(apply: () => unknown): Outcome {
  try {
    return { value: apply() };
  } catch (error) {
    return { error };
  }
}

function unavailable(): AppError {
  return new AppError('store/unavailable', 'the simulated store did not answer', { retry: 'soon' });
}

/** What the code of a dead host is told until it has ended: nothing of it is seen any more. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

function crashed(): Crashed {
  return new Crashed('the host crashed');
}
