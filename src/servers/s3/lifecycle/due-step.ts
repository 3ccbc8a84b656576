/**
 * What the rules of a bucket want done with a version, or an upload, by now.
 * @module
 */
import type { ObjectVersion } from '../model/object-version.ts';
import type { Upload } from '../model/upload.ts';
import { isAbout } from './lifecycle-rule.ts';
import type { LifecycleRule } from './lifecycle-rule.ts';

const DAY_MS = 86_400_000;

/** Where a version stands among those of its key. */
export type Standing =
  | { readonly isLatest: true }
  | {
      readonly isLatest: false;
      /** When the next newer one came. */
      readonly sinceMs: number;
      /** Noncurrent ones that are newer. */
      readonly newerNoncurrent: number;
    };

/**
 * `expire` a current object, `remove` a noncurrent version, or `remove-marker` where there is nothing under a delete
 * marker (which the caller finds out).
 */
export type Step = 'expire' | 'remove' | 'remove-marker';

/** What is locked is the caller's to see. */
export function dueStep(
  rules: readonly LifecycleRule[],
  version: ObjectVersion,
  standing: Standing,
  nowMs: number,
): Step | undefined {
  const fitting = rules.filter((rule) => rule.isEnabled && isAbout(rule, version));
  if (!standing.isLatest) {
    return fitting.some((rule) => isNoncurrentDue(rule, standing, nowMs)) ? 'remove' : undefined;
  }
  const isDue = fitting.some((rule) => isCurrentDue(rule, version, nowMs));
  if (!isDue) return undefined;
  return version.isDeleteMarker ? 'remove-marker' : 'expire';
}

export function isUploadDue(
  rules: readonly LifecycleRule[],
  { key, startedMs }: Upload,
  nowMs: number,
): boolean {
  const upload = { key, tags: {}, sizeBytes: 0, isDeleteMarker: false };
  return rules.some((rule) => {
    const { isEnabled, abortUploadDays: days } = rule;
    return (
      isEnabled && days !== undefined && isAbout(rule, upload) && hasPassed(startedMs, days, nowMs)
    );
  });
}

/** A rule with days or a date is about delete markers, too, that are so old and have nothing under them. */
function isCurrentDue(
  { expiration }: LifecycleRule,
  { modifiedMs, isDeleteMarker }: ObjectVersion,
  nowMs: number,
): boolean {
  switch (expiration?.kind) {
    case 'days':
      return hasPassed(modifiedMs, expiration.days, nowMs);
    case 'date':
      return nowMs >= expiration.dateMs;
    case 'expired-marker':
      return isDeleteMarker;
    case undefined:
      return false;
  }
}

function isNoncurrentDue(
  { noncurrent }: LifecycleRule,
  { sinceMs, newerNoncurrent }: Extract<Standing, { isLatest: false }>,
  nowMs: number,
): boolean {
  if (noncurrent === undefined || newerNoncurrent < noncurrent.keptVersions) return false;
  return hasPassed(sinceMs, noncurrent.days, nowMs);
}

/** As AWS counts: so many days after, and then on to the next midnight UTC. */
function hasPassed(fromMs: number, days: number, nowMs: number): boolean {
  return nowMs >= (Math.floor(fromMs / DAY_MS) + days + 1) * DAY_MS;
}
