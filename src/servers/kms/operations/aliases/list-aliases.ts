/**
 * ListAliases.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { pageMembers, readPageWish } from '../input/paging.ts';
import { epochSeconds } from '../keys/key-metadata.ts';

export const listAliases: KmsOperation = {
  name: 'ListAliases',
  run(input, call) {
    const members = new Members(input);
    const wish = readPageWish(members, 'aliases');
    const isOfKey = members.has('KeyId');
    const key = isOfKey ? namedKeyItself(members, call, { action: 'ListAliases' }) : undefined;
    const page = call.keys.aliases.list(key?.id, wish);
    const aliases = page.items.map(({ name, keyId, createdMs, updatedMs }) => ({
      AliasName: name,
      AliasArn: call.keys.names.aliasArn(name),
      TargetKeyId: keyId,
      CreationDate: epochSeconds(createdMs),
      LastUpdatedDate: epochSeconds(updatedMs),
    }));
    return { Aliases: aliases, ...pageMembers(page, 'aliases') };
  },
};
