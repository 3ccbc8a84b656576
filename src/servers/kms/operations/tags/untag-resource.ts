/**
 * UntagResource.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { requireNotPending } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { TAGS_MAX, checkTagKey, tooManyTags } from '../input/tag-list.ts';

export const untagResource: KmsOperation = {
  name: 'UntagResource',
  async run(input, call) {
    const members = new Members(input);
    const list = members.needList('TagKeys');
    if (list.length > TAGS_MAX) throw tooManyTags();
    const names = list.map((name) => checkTagKey(name));
    const { id } = namedKeyItself(members, call, { action: 'UntagResource' });
    await call.keys.change(id, call.nowMs, (key) => {
      requireNotPending(key);
      call.keys.tags.remove(id, names);
      return key;
    });
    return {};
  },
};
