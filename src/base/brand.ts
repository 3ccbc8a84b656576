/**
 * The one place that knows the branding trick: a type that only its own maker can produce.
 * @module
 */

declare const brand: unique symbol;

/** A `T` that carries a compile-time proof named `Name`. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/**
 * Bytes that may leave for a store: a sealed object, or one of the two public JSON documents.
 * Minted by `crypto/` (sealing) and `format/` (public documents) only; a store accepts nothing else,
 * so that sending plaintext does not compile.
 */
export type StorableBytes = Brand<Uint8Array, 'StorableBytes'>;

/** Anything with a well-known meaning in the clear: `vault.json` and the outside of a key slot. */
export function asPublicDocument(bytes: Uint8Array): StorableBytes {
  return bytes as StorableBytes;
}
