/**
 * What the bench knows of a backup program: its commands, and what it cannot do.
 * @module
 */

/** A program to run, its arguments, and the folder to run it in where that matters. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd?: string;
}

export interface S3Place {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Where one tool works in one run: a folder of its own for everything local, and the repository. */
export interface Place {
  readonly work: string;
  /** Where the repository is, on a directory target; not made yet. */
  readonly directory: string;
  /** Set on an S3 target; then `directory` is not used. */
  readonly s3?: S3Place;
}

/** What a step of a sequence works on. */
export interface Job {
  readonly place: Place;
  /** The folder or file that is backed up; absolute. */
  readonly source: string;
  /** A name for the snapshot that is made, or the one that was given to the newest. */
  readonly snapshot: string;
  /** An empty folder to restore to. */
  readonly to: string;
  /** The data has holes: restore them as holes, where the tool can. */
  readonly sparse: boolean;
}

export interface Tool {
  readonly name: string;
  /** How it is configured, in a sentence or two for the docs. */
  readonly setup: string;
  /** Its version, or undefined where it is not installed. */
  readonly version: () => string | undefined;
  /** Why it cannot work on such a target, if it cannot. */
  readonly cannot?: (target: Target) => string | undefined;
  /** Beside what all tools get: HOME, XDG folders, PATH. */
  readonly environment: (place: Place) => Readonly<Record<string, string>>;
  readonly init: (place: Place) => Command;
  readonly backup: (job: Job) => Command;
  readonly restore?: (job: Job) => Command;
  /** Brings one file back into `to`, or prints it to stdout. @param file its absolute path */
  readonly restoreOne?: (job: Job, file: string) => Command;
  /** Lists all paths of the newest snapshot. */
  readonly list?: (job: Job) => Command;
  /** Checks structure without reading the content of files. */
  readonly check: (place: Place) => Command;
  /** Forgets all snapshots but the newest, and gives the space back. */
  readonly prune?: (place: Place) => Command;
}

/** `s3` is the server that `RGW_…` names, `own-s3` that of this project. */
export const TARGETS = ['directory', 's3', 'own-s3'] as const;
export type Target = (typeof TARGETS)[number];

/** As it is called in reports. */
export function titleOf(target: string): string {
  if (target === 'own-s3') return 'our S3 server';
  return target === 's3' ? 'S3' : target;
}

/** The folder for everything a tool caches; all tools are told of it. */
export function cacheFolder(place: Place): string {
  return `${place.work}/cache`;
}
