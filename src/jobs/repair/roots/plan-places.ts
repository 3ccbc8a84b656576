/**
 * Brings every slot to the place that its name says, so that at no moment one of them is stored nowhere.
 * @module
 */
import { keySlotKey } from '../../../format/documents/key-slot.ts';
import type { WholeSlot } from './survey-slots.ts';

/** What is to be done, in this order: what is stored first, then what is removed. */
export interface PlacePlan {
  readonly puts: readonly {
    readonly key: string;
    readonly bytes: Uint8Array;
    readonly why: string;
  }[];
  readonly removals: readonly string[];
}

/**
 * @param newKey names that nothing has, for slots whose places are taken by each other
 */
export function planPlaces(whole: readonly WholeSlot[], newKey: () => string): PlacePlan {
  const puts: { key: string; bytes: Uint8Array; why: string }[] = [];
  const spares: string[] = [];
  const at = new Map(whole.map((slot) => [slot.key, slot]));
  const inPlace = new Set(whole.filter((one) => one.key === placeOf(one)).map(({ key }) => key));
  for (const one of whole) {
    const place = placeOf(one);
    if (one.key === place) {
      if (one.isMended) puts.push({ key: place, bytes: one.bytes, why: 'its outside is mended' });
      continue;
    }
    if (inPlace.has(place)) continue;
    const other = at.get(place);
    if (other && !inPlace.has(placeOf(other))) {
      const spare = newKey();
      spares.push(spare);
      puts.push({ key: spare, bytes: other.bytes, why: `until ${placeOf(other)} is free` });
    }
    puts.push({ key: place, bytes: one.bytes, why: `it was found as ${one.key}` });
    inPlace.add(place);
  }
  const removals = whole.map(({ key }) => key).filter((key) => !inPlace.has(key));
  return { puts, removals: [...spares, ...removals] };
}

function placeOf({ slot }: WholeSlot): string {
  return keySlotKey(slot.slotId);
}
