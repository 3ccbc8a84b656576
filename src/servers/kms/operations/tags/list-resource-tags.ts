/**
 * ListResourceTags.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { pageMembers, readPageWish } from '../input/paging.ts';

/** Smaller than those of other lists. */
const SIZES = { max: 50, standard: 50 };

export const listResourceTags: KmsOperation = {
  name: 'ListResourceTags',
  run(input, call) {
    const members = new Members(input);
    const wish = readPageWish(members, 'tags', SIZES);
    const { id } = namedKeyItself(members, call, { action: 'ListResourceTags' });
    const page = call.keys.tags.list(id, wish);
    const tags = page.items.map(({ name, value }) => ({ TagKey: name, TagValue: value }));
    return { Tags: tags, ...pageMembers(page, 'tags') };
  },
};
