/** Memory that is given back at once, and memory that must not be. */
import { expect, test } from 'vitest';
import { releaseBytes } from '../../src/base/release-bytes.ts';

test('a big buffer of our own is gone at once', () => {
  const whole = Buffer.allocUnsafeSlow(10_000);
  releaseBytes(whole);
  expect(whole.length).toBe(0);
  const part = new Uint8Array(new ArrayBuffer(10_000), 100, 50);
  releaseBytes(part);
  expect(part.length).toBe(0);
});

test('what others share is left alone', () => {
  const pooled = Buffer.allocUnsafe(5000);
  const shared = new Uint8Array(new SharedArrayBuffer(10_000));
  const small = new Uint8Array(100);
  for (const bytes of [pooled, shared, small]) {
    const { length } = bytes;
    releaseBytes(bytes);
    expect(bytes.length).toBe(length);
  }
});
