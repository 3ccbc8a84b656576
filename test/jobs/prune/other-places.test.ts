import { expect, test } from 'vitest';
import { OtherPlaces } from '../../../src/jobs/prune/other-places.ts';

const place = (pack: number) => ({
  pack,
  offset: 7 * pack,
  storedBytes: 100 + pack,
  rawBytes: 200 + pack,
  codec: pack % 2,
});

test('other places of chunks are those that were added, however many they are', () => {
  const rows = 5000;
  const places = new OtherPlaces(rows);
  for (let row = 0; row < rows; row += 2) places.add(row, place(row));
  for (let row = 0; row < rows; row += 4) places.add(row, place(row + 1));

  expect([...places.of(4)]).toEqual(expect.arrayContaining([place(4), place(5)]));
  expect([...places.of(4)]).toHaveLength(2);
  expect([...places.of(2)]).toEqual([place(2)]);
  expect([...places.of(3)]).toEqual([]);
  expect([...places.rows()]).toEqual(Array.from({ length: rows / 2 }, (_, i) => 2 * i));

  const seen: number[][] = [];
  places.forEach((...entry) => seen.push(entry));
  expect(seen).toHaveLength(rows / 2 + rows / 4);
  expect(seen).toContainEqual([4, 5, 105]);
});
