import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { selfTest } from '../../src/crypto/self-test.ts';
import { readVectors } from './read-vectors.ts';

describe('the self-test', () => {
  it('passes on this machine, in a few milliseconds', () => {
    const start = performance.now();
    for (let i = 0; i < 5; i++) selfTest();
    expect((performance.now() - start) / 5).toBeLessThan(100);
  });

  it('knows the answers that another implementation gave', () => {
    const source = readFileSync(new URL('../../src/crypto/self-test.ts', import.meta.url), 'utf8');
    const { vectors } = readVectors<{ vectors: { comment: string; sealedSha256: string }[] }>(
      'sealed-objects.json',
    );
    const sealed = vectors.filter(({ comment }) => comment === 'the object of the self-test');
    const chunk = readVectors<{ selfTest: { expect: string } }>('derived-keys.json').selfTest;
    const [root] = readVectors<{ vectors: { expect: string }[] }>('roots.json').vectors;
    const answers = [...sealed.map((vector) => vector.sealedSha256), chunk.expect, root?.expect];
    expect(answers).toHaveLength(4);
    for (const answer of answers) expect(source).toContain(`'${answer}'`);
  });
});
