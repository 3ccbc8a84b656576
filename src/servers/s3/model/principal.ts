/**
 * Who asks: an access key of this server.
 * @module
 */

/** `write-once` may create, and read, but never overwrite, delete or shorten anything. */
export const ROLES = ['full', 'read', 'write-once'] as const;

export type Role = (typeof ROLES)[number];

export interface Principal {
  /** The public half, 20 characters. */
  readonly accessKeyId: string;
  /** What its owner calls it; `arn:aws:iam::000000000000:user/<name>` in policies. */
  readonly name: string;
  readonly role: Role;
  /** Where it may act; empty: everywhere. */
  readonly scopes: readonly Scope[];
}

export interface Scope {
  readonly bucket: string;
  /** Of keys; empty: the whole bucket. */
  readonly prefix: string;
}
