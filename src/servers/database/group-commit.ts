/**
 * Lets many writers share one fsync: whatever is waiting when a transaction begins goes into it.
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { assert } from '../../base/failure.ts';

/** Bounds how long the process does nothing else. */
const WORKS_IN_TRANSACTION_MAX = 256;

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** The only writer of its connection: others write through it, or there is chaos. */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #statements: Readonly<Record<'begin' | 'commit' | 'save' | 'release' | 'undo', Runner>>;
  #waiting: Waiting[] = [];
  #isScheduled = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = {
      begin: runnerOf(db.prepare('BEGIN IMMEDIATE')),
      commit: runnerOf(db.prepare('COMMIT')),
      save: runnerOf(db.prepare('SAVEPOINT work')),
      release: runnerOf(db.prepare('RELEASE work')),
      undo: runnerOf(db.prepare('ROLLBACK TO work')),
    };
  }

  /**
   * @param work reads and writes, all at once: no promises
   * @returns what `work` returned, once it is on disk
   * @throws what `work` threw, everything it did undone; or the error of SQLite that undid the whole group
   */
  write<T>(work: () => T): Promise<T> {
    const done = new Promise<unknown>((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
    });
    this.#schedule();
    return done as Promise<T>;
  }

  /** Resolves when all that waits now is on disk or has failed. */
  async flush(): Promise<void> {
    await Promise.allSettled([this.write(() => undefined)]);
  }

  /** After all that arrives in this turn of the event loop. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const group = this.#waiting.splice(0, WORKS_IN_TRANSACTION_MAX);
      if (this.#waiting.length > 0) this.#schedule();
      this.#settle(group);
    });
  }

  #settle(group: readonly Waiting[]): void {
    let outcomes: Outcome[];
    try {
      outcomes = this.#runTogether(group);
    } catch (error) {
      this.#rollBack();
      for (const { reject } of group) reject(error);
      return;
    }
    group.forEach(({ resolve, reject }, i) => {
      const outcome = outcomes[i];
      if (outcome && 'result' in outcome) resolve(outcome.result);
      else reject(outcome?.error);
    });
  }

  #runTogether(group: readonly Waiting[]): Outcome[] {
    this.#statements.begin();
    const outcomes = group.map(({ work }) => this.#runOne(work));
    this.#statements.commit();
    return outcomes;
  }

  #runOne(work: () => unknown): Outcome {
    this.#statements.save();
    try {
      const result = work();
      assert(!(result instanceof Promise), 'work in a transaction gave a promise');
      this.#statements.release();
      return { result };
    } catch (error) {
      // A full disk or an IO error undoes the whole transaction, and the work before this one with it.
      if (!this.#db.isTransaction) throw error;
      this.#statements.undo();
      this.#statements.release();
      return { error };
    }
  }

  #rollBack(): void {
    if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }
}

type Runner = () => void;

function runnerOf(statement: StatementSync): Runner {
  return () => void statement.run();
}
