/**
 * The two things a test must be able to steer, as parameters.
 * @module
 */

/** Milliseconds since 1970 UTC, as `Date.now`. */
export type Clock = () => number;

/** That many unpredictable bytes. */
export type RandomBytes = (length: number) => Uint8Array;
