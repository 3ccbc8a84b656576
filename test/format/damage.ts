/**
 * What every decoder has to stand: bytes cut anywhere and bits flipped anywhere.
 * @module
 */
import { expect } from 'vitest';
import { AppError } from '../../src/base/failure.ts';

/** Runs a decoder. @returns what it gave, or the refusal; anything but an `AppError` is a bug and thrown */
export function attempt<T>(
  decode: () => T,
): { readonly value: T } | { readonly refused: AppError } {
  try {
    return { value: decode() };
  } catch (error) {
    if (error instanceof AppError) return { refused: error };
    throw error;
  }
}

/** Every beginning of `bytes` that is shorter is refused, but for those that `mayPass`. */
export function refusesEveryCut(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): void {
  for (let length = 0; length < bytes.length; length++) {
    const result = attempt(() => decode(bytes.slice(0, length)));
    expect('refused' in result, `cut to ${length} of ${bytes.length} bytes`).toBe(true);
  }
}

/** Flips each bit in turn; a decoder either refuses, or gives something for `onAccepted` to judge. */
export function flipEveryBit<T>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => T,
  onAccepted: (value: T, at: number) => void = () => undefined,
): void {
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      const result = attempt(() => decode(flipped));
      if ('value' in result) onAccepted(result.value, at);
    }
  }
}
