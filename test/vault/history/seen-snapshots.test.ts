import { describe, expect, test } from 'vitest';
import { headCode, normalHeadCode } from '../../../src/vault/history/head-code.ts';
import type { SeenSnapshot } from '../../../src/vault/history/seen-snapshots.ts';
import { SEEN_MAX, decodeSeen, encodeSeen } from '../../../src/vault/history/seen-snapshots.ts';

const VAULT = 'ab'.repeat(16);

function seen(number: number, host = 'web'): SeenSnapshot {
  const id = number.toString(16).padStart(32, '0');
  return { id, sha256: id + id, host, sequence: number, timeMs: 1_800_000_000_000 + number };
}

const decoded = (text: string, vaultId = VAULT) => decodeSeen(Buffer.from(text), vaultId);

describe('the memory of seen snapshots', () => {
  test('comes back as it was written', () => {
    const all = [seen(1), seen(2, 'laptop "é" \n'), seen(3)];
    const back = decodeSeen(encodeSeen(VAULT, all), VAULT);
    expect([...back.values()].sort((a, b) => a.sequence - b.sequence)).toEqual(all);
  });

  test('is bounded: of too many the oldest are forgotten', () => {
    const all = Array.from({ length: SEEN_MAX + 3 }, (_, n) => seen(n));
    const back = decodeSeen(encodeSeen(VAULT, all), VAULT);
    expect(back.size).toBe(SEEN_MAX);
    expect(back.has(seen(0).id)).toBe(false);
    expect(back.has(seen(SEEN_MAX + 2).id)).toBe(true);
  });

  const row = `${seen(1).id} ${seen(1).sha256} 0 1 2`;
  const file = (fields: object) =>
    JSON.stringify({ version: 1, vaultId: VAULT, hosts: ['a'], rows: [row], ...fields });

  test.each([
    ['nothing', ''],
    ['another version', file({ version: 2 })],
    ['another vault', file({ vaultId: 'cd'.repeat(16) })],
    ['a host that is not listed', file({ hosts: [] })],
    ['a host of great length', file({ hosts: ['x'.repeat(2000)] })],
    ['a row that is none', file({ rows: [`${row} 5`] })],
    ['a row with a path in it', file({ rows: ['../../etc/passwd'] })],
    ['a time beyond all numbers', file({ rows: [row.replace(/2$/, '9'.repeat(16))] })],
    ['rows without end', file({ rows: Array.from({ length: SEEN_MAX + 1 }, () => row) })],
  ])('with %s is refused', (_, text) => {
    expect(() => decoded(text)).toThrow(expect.objectContaining({ code: 'format/invalid' }));
  });
});

describe('the code of a head', () => {
  const code = headCode(VAULT, seen(1));

  test('has four groups of four, and depends on vault, name and bytes', () => {
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const others = [
      headCode('cd'.repeat(16), seen(1)),
      headCode(VAULT, seen(2)),
      headCode(VAULT, { ...seen(1), sha256: seen(2).sha256 }),
    ];
    expect(new Set([code, ...others]).size).toBe(4);
  });

  test('is a known answer', () => {
    // SHA-256("cybs3/v1/head <vault> <id> <sha256>"), first ten bytes, base 32
    expect(headCode('00'.repeat(16), { id: '11'.repeat(16), sha256: '22'.repeat(32) })).toBe(
      'HKJC-C2V9-2D0Z-8XSP',
    );
  });

  test('is understood as people type it', () => {
    expect(normalHeadCode(code.toLowerCase().replaceAll('-', ' '))).toBe(code);
    expect(normalHeadCode('oil0-1111-1111-111l')).toBe('0110-1111-1111-1111');
    expect(normalHeadCode(code.slice(1))).toBeUndefined();
    expect(normalHeadCode('UUUU-UUUU-UUUU-UUUU')).toBeUndefined();
  });
});
