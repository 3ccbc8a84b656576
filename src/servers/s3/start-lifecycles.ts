/**
 * Lifecycles, now and then.
 * @module
 */
import type { AuditLog } from '../audit/audit-log.ts';
import { applyLifecycle } from './lifecycle/apply-lifecycle.ts';
import type { LifecyclePorts } from './lifecycle/apply-lifecycle.ts';

/** Rules count in days. */
const EVERY_MS = 3_600_000;

/** After the start, when clients have come back. */
const FIRST_AFTER_MS = 60_000;

export interface Chores {
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

/** What lifecycles took away is in the audit log: nobody asked for it at that time. */
export function startLifecycles(
  ports: LifecyclePorts,
  auditLog: AuditLog,
  onError: (error: unknown) => void,
): Chores {
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let timer = setTimeout(run, FIRST_AFTER_MS).unref();

  function run(): void {
    running = passAndWait();
  }

  /** The hour is counted from the end of a pass, however long that took. */
  async function passAndWait(): Promise<void> {
    await pass().catch(onError);
    if (!stop.signal.aborted) timer = setTimeout(run, EVERY_MS).unref();
  }

  async function pass(): Promise<void> {
    const { unreadable, ...counts } = await applyLifecycle(ports, stop.signal);
    const hasChanged = Object.values(counts).some((count) => count > 0);
    if (!hasChanged && unreadable.length === 0) return;
    await auditLog.append({ event: 'lifecycle', ...counts, unreadable });
  }

  return {
    async close() {
      clearTimeout(timer);
      stop.abort();
      await running;
    },
  };
}
