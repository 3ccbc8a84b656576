/**
 * Does what the lifecycles of all buckets want done by now. Works in small steps beside requests, each in a
 * transaction that looks again whether it is still wanted.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import type { Clock, RandomBytes } from '../../../base/ports.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Bucket } from '../model/bucket.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { dueStep, isUploadDue } from './due-step.ts';
import type { LifecycleRule } from './lifecycle-rule.ts';
import { parseLifecycle } from './parse-lifecycle.ts';
import { takeStep } from './take-step.ts';
import type { DueStep } from './take-step.ts';
import { standingVersions } from './standing-versions.ts';

/** Read at once; between two pages requests have their turn. */
const PAGE_VERSIONS = 100;

export interface LifecyclePorts {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export interface LifecycleReport {
  /** Objects that are no longer current: deleted, or under a delete marker. */
  expired: number;
  /** Noncurrent versions that are gone. */
  removedVersions: number;
  /** Delete markers that had nothing under them. */
  removedMarkers: number;
  abortedUploads: number;
  /** Buckets whose lifecycle this version of the server cannot read. */
  readonly unreadable: string[];
}

/**
 * One pass over all buckets that have a lifecycle. To be called about once an hour; one pass at a time.
 * @param signal ends it between two steps; what is done stays done
 */
export async function applyLifecycle(
  ports: LifecyclePorts,
  signal: AbortSignal,
): Promise<LifecycleReport> {
  const report: LifecycleReport = {
    expired: 0,
    removedVersions: 0,
    removedMarkers: 0,
    abortedUploads: 0,
    unreadable: [],
  };
  for (const bucket of ports.catalog.buckets()) {
    if (signal.aborted) break;
    if (bucket.lifecycle === undefined) continue;
    const rules = readRules(bucket.lifecycle);
    if (rules === undefined) {
      report.unreadable.push(bucket.name);
      continue;
    }
    for (const prefix of prefixesOf(rules)) {
      await expireVersions(ports, { bucket, rules, prefix, report, signal });
      await abortUploads(ports, { bucket, rules, prefix, report, signal });
    }
  }
  return report;
}

function readRules(lifecycle: string): readonly LifecycleRule[] | undefined {
  try {
    const rules = parseLifecycle(Buffer.from(lifecycle), () => '');
    return rules.filter(({ isEnabled }) => isEnabled);
  } catch (error) {
    if (error instanceof S3Error) return undefined;
    throw error;
  }
}

/** Where there is anything to look for: no prefix lies in another. */
function prefixesOf(rules: readonly LifecycleRule[]): string[] {
  const all = [...new Set(rules.map(({ filter }) => filter.prefix))].toSorted();
  return all.filter((one) => !all.some((other) => other !== one && one.startsWith(other)));
}

interface Scan {
  readonly bucket: Bucket;
  readonly rules: readonly LifecycleRule[];
  readonly prefix: string;
  readonly report: LifecycleReport;
  readonly signal: AbortSignal;
}

async function expireVersions(ports: LifecyclePorts, scan: Scan): Promise<void> {
  const { bucket, rules, prefix, signal } = scan;
  if (rules.every(({ expiration, noncurrent }) => !expiration && !noncurrent)) return;
  let due: DueStep[] = [];
  for (const page of standingVersions(ports.catalog, bucket.name, prefix, PAGE_VERSIONS)) {
    const nowMs = ports.clock();
    for (const { version, standing } of page) {
      const step = dueStep(rules, version, standing, nowMs);
      if (step !== undefined) due.push({ step, bucket, version, nowMs });
    }
    // Where little is due, many pages share a commit.
    if (due.length >= PAGE_VERSIONS) {
      await takeSteps(ports, due, scan.report);
      due = [];
    }
    await setImmediate();
    if (signal.aborted) return;
  }
  await takeSteps(ports, due, scan.report);
}

async function takeSteps(
  ports: LifecyclePorts,
  due: readonly DueStep[],
  report: LifecycleReport,
): Promise<void> {
  const taken = due.map(async (one) => {
    const isDone = await takeStep(ports, one);
    if (!isDone) return;
    if (one.step === 'expire') report.expired++;
    else if (one.step === 'remove') report.removedVersions++;
    else report.removedMarkers++;
  });
  await Promise.all(taken);
}

async function abortUploads(ports: LifecyclePorts, scan: Scan): Promise<void> {
  const { catalog, clock } = ports;
  const { bucket, rules, prefix, report, signal } = scan;
  if (rules.every(({ abortUploadDays }) => abortUploadDays === undefined)) return;
  let range: { prefix: string; after?: string; afterUploadId?: string } = { prefix };
  while (!signal.aborted) {
    const page = catalog.listUploads(bucket.name, range, PAGE_VERSIONS);
    const last = page.at(-1);
    if (last === undefined) return;
    const due = page.filter((upload) => isUploadDue(rules, upload, clock()));
    range = { prefix, after: last.key, afterUploadId: last.id };
    const aborted = due.map(({ key, id }) =>
      catalog.write(() => {
        const isWanted = catalog.bucket(bucket.name)?.lifecycle === bucket.lifecycle;
        if (!isWanted || catalog.upload(bucket.name, key, id) === undefined) return;
        catalog.removeUpload(id, []);
        report.abortedUploads++;
      }),
    );
    await Promise.all(aborted);
    await setImmediate();
  }
}
