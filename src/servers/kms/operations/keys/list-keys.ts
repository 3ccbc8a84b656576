/**
 * ListKeys.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { Members } from '../input/members.ts';
import { pageMembers, readPageWish } from '../input/paging.ts';

export const listKeys: KmsOperation = {
  name: 'ListKeys',
  run(input, call) {
    const wish = readPageWish(new Members(input), 'keys');
    const page = call.keys.list(wish, call.nowMs);
    const keys = page.items.map((id) => ({ KeyId: id, KeyArn: call.keys.names.keyArn(id) }));
    return { Keys: keys, ...pageMembers(page, 'keys') };
  },
};
