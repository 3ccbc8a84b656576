/**
 * Sealed objects: here nothing may be accepted but what was sealed.
 * @module
 */
import fc from 'fast-check';
import { compareBytes } from '../../../src/base/bytes.ts';
import {
  ObjectKind,
  Suite,
  decodeHeader,
  encodeHeader,
} from '../../../src/crypto/sealed/header.ts';
import { SEGMENT_SIZES_BYTES } from '../../../src/crypto/sealed/sizes.ts';
import { openObject } from '../../../src/crypto/sealed/open.ts';
import { plaintext, sealSegments, testVault } from '../../crypto/sealed/fixture.ts';
import type { Target } from '../targets.ts';

const vault = testVault('fuzz', Suite.aes256gcm);
const OBJECTS = [0, 1, 300, 5000].map((length) =>
  sealSegments(vault, ObjectKind.snapshot, plaintext(length)),
);

const salt = fc.uint8Array({ minLength: 32, maxLength: 32 });

const header: Target = {
  name: 'the header of a sealed object',
  valid: fc
    .record({
      suite: fc.constantFrom(...Object.values(Suite)),
      kind: fc.constantFrom(...Object.values(ObjectKind)),
      epoch: fc.nat(2 ** 31 - 1),
      segmentBytes: fc.constantFrom(...SEGMENT_SIZES_BYTES),
      salt,
      commitment: salt,
    })
    .map(encodeHeader),
  decode: (bytes) => void decodeHeader(bytes),
  codes: ['object/truncated', 'object/header'],
};

const object: Target = {
  name: 'a sealed object',
  valid: fc.constantFrom(...OBJECTS.map(({ bytes }) => bytes)),
  decode: (bytes, original) => {
    const one = OBJECTS.find((candidate) => candidate.bytes === original);
    const expected = { kind: ObjectKind.snapshot, ...(one && { name: one.name }) };
    const plain = openObject(vault.open, bytes, expected);
    if (compareBytes(bytes, original) !== 0) throw new Error('another object was accepted');
    if (compareBytes(plain, one?.plain ?? plain) !== 0) throw new Error('it opened to other bytes');
  },
  codes: [
    'object/truncated',
    'object/header',
    'object/kind',
    'object/name',
    'object/epoch',
    'object/commitment',
    'object/segment',
  ],
};

export const SEALED_TARGETS: readonly Target[] = [header, object];
