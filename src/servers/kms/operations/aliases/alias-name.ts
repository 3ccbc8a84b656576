/**
 * Names of aliases as requests give them.
 * @module
 */
import { KmsError } from '../../kms-error.ts';
import type { Members } from '../input/members.ts';

/** The API's `AliasNameType`. */
const ALIAS_NAME = { min: 1, max: 256, pattern: /^[a-zA-Z0-9:/_-]+$/ };

/** @throws KmsError `ValidationException`, `InvalidAliasNameException` for AWS's own `alias/aws/` */
export function readAliasName(members: Members): string {
  const name = members.needText('AliasName', ALIAS_NAME);
  if (!name.startsWith('alias/')) throw new KmsError('ValidationException', 'Invalid identifier');
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw new KmsError('ValidationException', `${name} contains invalid characters for an alias`);
  }
  if (name.startsWith('alias/aws/')) {
    const what = 'alias/aws/ is reserved for keys that AWS manages';
    throw new KmsError('InvalidAliasNameException', what);
  }
  return name;
}
