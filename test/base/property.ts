/**
 * Property tests in the form of tests: `test('what holds', [arbitraries], (…) => { expect(…) })`.
 * @module
 */
import fc from 'fast-check';
import { it } from 'vitest';

export { fc };

export function test<T extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  property: (...values: T) => void,
): void {
  it(name, () => fc.assert(fc.property(...arbitraries, property)));
}
