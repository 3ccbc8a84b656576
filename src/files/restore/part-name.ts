/**
 * The name a file has while it is being written, in the folder it belongs to.
 * @module
 */
import { hash } from 'node:crypto';
import { asBuffer } from '../../base/bytes.ts';

const SHAPE = /^\.cybs3-[0-9a-f]{20}\.part$/;

/**
 * The same for the same name every time, so that a restore that was cut off finds its own
 * half-written files; 32 bytes long, whatever the length of `name` (which may already be the
 * longest possible).
 */
export function partName(name: Uint8Array): Buffer {
  return Buffer.from(`.cybs3-${hash('sha256', name, 'hex').slice(0, 20)}.part`, 'latin1');
}

/** True for what `partName` makes. */
export function isPartName(name: Uint8Array): boolean {
  return name.length === 32 && SHAPE.test(asBuffer(name).toString('latin1'));
}
