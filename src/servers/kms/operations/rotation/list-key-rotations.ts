/**
 * ListKeyRotations.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { keyMaterialId } from '../../keys/key-versions.ts';
import type { KeyVersion } from '../../keys/key-versions.ts';
import type { KmsKey } from '../../keys/key.ts';
import { requireRotatable } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { invalidMarker, pageMembers, readPageWish } from '../input/paging.ts';
import { epochSeconds } from '../keys/key-metadata.ts';

/** The version that no rotation made: a list of rotations begins after it. */
const FIRST = '1';

export const listKeyRotations: KmsOperation = {
  name: 'ListKeyRotations',
  run(input, call) {
    const members = new Members(input);
    const what = members.choice('IncludeKeyMaterial', ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY']);
    const wish = readPageWish(members, 'rotations');
    if (wish.after !== undefined && !/^\d{1,9}$/.test(wish.after)) throw invalidMarker();
    const key = namedKeyItself(members, call, { action: 'ListKeyRotations' });
    requireRotatable(key);
    const after = wish.after ?? (what === 'ALL_KEY_MATERIAL' ? undefined : FIRST);
    const page = call.keys.versions.list(key.id, { ...wish, after });
    const rotations = page.items.map((version) => describe(key, version));
    return { Rotations: rotations, ...pageMembers(page, 'rotations') };
  },
};

function describe(key: KmsKey, { version, createdMs, rotation }: KeyVersion) {
  return {
    KeyId: key.id,
    KeyMaterialId: keyMaterialId(key.id, version),
    KeyMaterialState: version === key.version ? 'CURRENT' : 'NON_CURRENT',
    ...(rotation && { RotationDate: epochSeconds(createdMs), RotationType: rotation }),
  };
}
