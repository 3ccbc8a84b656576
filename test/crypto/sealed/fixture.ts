/**
 * A vault's keys and objects to tamper with, the same in every run.
 * @module
 */
import { createHash } from 'node:crypto';
import type { RandomBytes } from '../../../src/base/ports.ts';
import { KiB } from '../../../src/base/units.ts';
import { ObjectKind, Suite } from '../../../src/crypto/sealed/header.ts';
import type { OpenContext } from '../../../src/crypto/sealed/open.ts';
import type { SealContext } from '../../../src/crypto/sealed/seal.ts';
import { ObjectSealer } from '../../../src/crypto/sealed/seal.ts';
import { sealedBytes } from '../../../src/crypto/sealed/sizes.ts';
import { Secret } from '../../../src/crypto/secret.ts';

export const KINDS = Object.entries(ObjectKind);
export const SUITES = Object.entries(Suite);
export const SEGMENT = 256 * KiB;
/** What one full segment of it takes in the object. */
export const STRIDE = SEGMENT + 28;

/** The bytes of SHA-256 in counter mode under `seed`. */
export function seededRandom(seed: string): RandomBytes {
  let counter = 0;
  return (length) => {
    const blocks: Buffer[] = [];
    for (let have = 0; have < length; have += 32) {
      blocks.push(createHash('sha256').update(`${seed} ${counter++}`).digest());
    }
    return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
  };
}

export interface TestVault {
  readonly seal: SealContext;
  readonly open: OpenContext;
}

export function testVault(seed: string, suite: Suite): TestVault {
  const random = seededRandom(seed);
  const vaultId = random(16);
  const epochKey = Secret.random(32, random);
  return {
    seal: { vaultId, suite, epoch: 1, epochKey, random },
    open: { vaultId, epochKey: (epoch) => (epoch === 1 ? epochKey : undefined) },
  };
}

/** Plaintext that differs from segment to segment. */
export function plaintext(length: number, seed = 'plaintext'): Uint8Array {
  const block = seededRandom(seed)(Math.min(length, 4096));
  const bytes = new Uint8Array(length);
  for (let at = 0, i = 0; at < length; at += 4096, i++) {
    bytes.set(block.subarray(0, Math.min(4096, length - at)), at);
    bytes[at] = i;
  }
  return bytes;
}

export interface TestObject {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly plain: Uint8Array;
}

/** Sealed segment by segment with 256 KiB segments (or `segmentBytes`), whatever the length. */
export function sealSegments(
  vault: TestVault,
  kind: ObjectKind,
  plain: Uint8Array,
  segmentBytes = SEGMENT,
): TestObject {
  const sealer = new ObjectSealer(vault.seal, kind, segmentBytes);
  const bytes = new Uint8Array(sealedBytes(plain.length, segmentBytes));
  bytes.set(sealer.header);
  let at = 96;
  for (let from = 0; from <= plain.length; from += segmentBytes) {
    const part = plain.subarray(from, from + segmentBytes);
    at += sealer.sealSegment(part, part.length < segmentBytes, bytes, at);
  }
  return { name: sealer.name, bytes, plain };
}
