/**
 * Access keys of the server: how they look, and how they are made.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import type { RandomBytes } from '../../../base/ports.ts';
import { isUserName, makeAccessKeyId } from '../../secrets/access-key-names.ts';
import type { Principal, Role, Scope } from '../model/principal.ts';
import { isBucketName } from '../protocol/bucket-name.ts';

export interface AccessKey {
  readonly principal: Principal;
  /** 40 characters. */
  readonly secret: string;
}

export interface NewAccessKey {
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
}

const SCOPES_MAX = 100;

/** @throws AppError `usage` for a name or scope that cannot be */
export function makeAccessKey(wish: NewAccessKey, random: RandomBytes): AccessKey {
  requireSound(wish);
  const accessKeyId = makeAccessKeyId('CYBS', random);
  const secret = Buffer.from(random(30)).toString('base64url');
  return { principal: { accessKeyId, ...wish }, secret };
}

function requireSound({ name, scopes }: NewAccessKey): void {
  if (!isUserName(name)) {
    throw new AppError('usage', 'the name of an access key is not one', {
      hint: 'take up to 64 letters, digits and _+=,.@-',
    });
  }
  if (scopes.length > SCOPES_MAX) {
    throw new AppError('usage', `an access key has at most ${SCOPES_MAX} buckets`);
  }
  const wrong = scopes.find(({ bucket }) => !isBucketName(bucket));
  if (wrong) throw new AppError('usage', `${wrong.bucket} is no name that a bucket can have`);
}
