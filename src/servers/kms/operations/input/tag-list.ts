/**
 * Tags as requests give them.
 * Source: the API's `Tag`, and "Tagging keys" for what is reserved.
 * @module
 */
import type { Tag } from '../../keys/tags.ts';
import { KmsError } from '../../kms-error.ts';
import { asMembers, checkText } from './members.ts';

export const TAGS_MAX = 50;

const TAG_KEY = { min: 1, max: 128 };
const TAG_VALUE = { min: 0, max: 256 };

/** @throws KmsError `TagException`, `ValidationException`, `SerializationException` */
export function readTags(list: readonly unknown[]): readonly Tag[] {
  if (list.length > TAGS_MAX) throw tooManyTags();
  const tags = list.map((value) => {
    const members = asMembers(value, 'a tag');
    const name = checkTagKey(members['TagKey']);
    return { name, value: checkText(members['TagValue'], 'TagValue', TAG_VALUE) };
  });
  if (new Set(tags.map(({ name }) => name)).size < tags.length) {
    throw new KmsError('TagException', 'Duplicate tag keys');
  }
  return tags;
}

/** @throws KmsError `TagException`, `ValidationException`, `SerializationException` */
export function checkTagKey(value: unknown): string {
  const name = checkText(value, 'TagKey', TAG_KEY);
  if (!/^aws:/i.test(name)) return name;
  throw new KmsError(
    'TagException',
    'aws: prefixed tag key names are not allowed for external use.',
  );
}

export function tooManyTags(): KmsError {
  return new KmsError('TagException', 'Too many tags');
}
