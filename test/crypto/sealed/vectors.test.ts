/**
 * Objects that another implementation sealed (`test/vectors/make-sealed-objects.py`).
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../../src/base/bytes.ts';
import type { ObjectKind, Suite } from '../../../src/crypto/sealed/header.ts';
import { ObjectOpener, openObject } from '../../../src/crypto/sealed/open.ts';
import { ObjectSealer, sealObject } from '../../../src/crypto/sealed/seal.ts';
import { segmentBytesFor } from '../../../src/crypto/sealed/sizes.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { failureCode } from '../failure-code.ts';
import { hex, pattern, readVectors } from '../read-vectors.ts';

interface SealedVector {
  comment: string;
  expect: string;
  suite: Suite;
  kind: ObjectKind;
  epoch: number;
  segmentBytes: number;
  vaultId: string;
  epochKey: string;
  salt: string;
  name: string;
  plainBytes: number;
  sealedBytes: number;
  sealedSha256: string;
  sealed?: string;
}
const { vectors } = readVectors<{ vectors: SealedVector[] }>('sealed-objects.json');
const opened = vectors.filter((vector) => vector.expect === 'opens');
const refused = vectors.filter((vector) => vector.expect !== 'opens');

function contexts(vector: SealedVector) {
  const { suite, epoch } = vector;
  const vaultId = hex(vector.vaultId);
  const epochKey = Secret.take(hex(vector.epochKey));
  return {
    seal: { vaultId, suite, epoch, epochKey, random: () => hex(vector.salt) },
    open: { vaultId, epochKey: (n: number) => (n === epoch ? epochKey : undefined) },
  };
}

/** Header and segments, as a stream of parts seals them. */
function sealVector(vector: SealedVector): { name: string; bytes: Uint8Array } {
  const { kind, segmentBytes, salt } = vector;
  const sealer = new ObjectSealer(contexts(vector).seal, kind, segmentBytes, hex(salt));
  const plain = pattern(vector.plainBytes);
  const parts = [sealer.header];
  for (let from = 0; from <= plain.length; from += segmentBytes) {
    const segment = plain.subarray(from, from + segmentBytes);
    const out = new Uint8Array(segment.length + 28);
    sealer.sealSegment(segment, segment.length < segmentBytes, out, 0);
    parts.push(out);
  }
  return { name: sealer.name, bytes: concatBytes(parts) };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('known sealed objects', () => {
  it('are of both suites, every kind and all four segment sizes', () => {
    const seen = (key: keyof SealedVector) => new Set(opened.map((vector) => vector[key])).size;
    expect([seen('suite'), seen('kind'), seen('segmentBytes')]).toEqual([2, 7, 4]);
  });

  it.each(opened)('suite $suite: $comment', (vector) => {
    const { name, bytes } = sealVector(vector);
    expect(name).toBe(vector.name);
    expect(bytes.length).toBe(vector.sealedBytes);
    expect(sha256(bytes)).toBe(vector.sealedSha256);
    if (vector.sealed !== undefined) expect(toHex(bytes)).toBe(vector.sealed);
    const plain = openObject(contexts(vector).open, bytes, { kind: vector.kind, name });
    expect(Buffer.compare(plain, pattern(vector.plainBytes))).toBe(0);
  });

  it('come out of sealObject as well, where their segment size is the one for their length', () => {
    const whole = opened.filter((v) => segmentBytesFor(v.plainBytes) === v.segmentBytes);
    expect(whole.length).toBeGreaterThan(20);
    for (const vector of whole) {
      const { seal } = contexts(vector);
      const { name, bytes } = sealObject(seal, vector.kind, pattern(vector.plainBytes));
      expect(name).toBe(vector.name);
      expect(sha256(bytes)).toBe(vector.sealedSha256);
    }
  });
});

describe('objects that must be refused', () => {
  it.each(refused)('suite $suite: $comment', (vector) => {
    const bytes = hex(vector.sealed ?? '');
    const { open } = contexts(vector);
    const { kind, name } = vector;
    expect(failureCode(() => openObject(open, bytes, { kind, name }))).toBe(vector.expect);
    const piecewise = () => {
      const opener = new ObjectOpener(open, bytes.subarray(0, 96), { kind, name }, bytes.length);
      opener.openSegment(0, bytes.subarray(96));
    };
    expect(failureCode(piecewise)).toBe(vector.expect);
  });
});
