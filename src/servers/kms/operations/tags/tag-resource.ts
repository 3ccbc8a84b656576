/**
 * TagResource.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { requireNotPending } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { TAGS_MAX, readTags, tooManyTags } from '../input/tag-list.ts';

export const tagResource: KmsOperation = {
  name: 'TagResource',
  async run(input, call) {
    const members = new Members(input);
    const tags = readTags(members.needList('Tags'));
    const { id } = namedKeyItself(members, call, { action: 'TagResource' });
    await call.keys.change(id, call.nowMs, (key) => {
      requireNotPending(key);
      call.keys.tags.put(id, tags);
      if (call.keys.tags.countOf(id) > TAGS_MAX) throw tooManyTags();
      return key;
    });
    return {};
  },
};
