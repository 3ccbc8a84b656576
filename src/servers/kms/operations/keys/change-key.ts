/**
 * Operations that do nothing but change a key and answer nothing.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import type { KmsKey } from '../../keys/key.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';

/**
 * @param read what the request says besides the key's id, and from it the change: of the key as it is when
 * the change is made, refused there where its state forbids it
 */
export function changeOperation(
  name: string,
  read: (members: Members, nowMs: number) => (key: KmsKey) => KmsKey,
): KmsOperation {
  return {
    name,
    async run(input, call) {
      const members = new Members(input);
      const change = read(members, call.nowMs);
      const { id } = namedKeyItself(members, call, { action: name });
      await call.keys.change(id, call.nowMs, change);
      return {};
    },
  };
}
