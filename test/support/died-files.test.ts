import { describe, expect, it } from 'vitest';
import { filesThatDied } from './died-files.ts';

const DIED = [
  'Error: [vitest-pool]: Worker forks emitted error.',
  ' ❯ EventEmitter.onTaskError node_modules/vitest/dist/chunks/index.js:5926:21',
  'Caused by: Error: Worker exited unexpectedly with signal SIGSEGV during started state while ' +
    'running test file /work/test/jobs/hostile.test.ts',
].join('\n');
const PASSED =
  '\n Test Files  98 passed (99)\n      Tests  1799 passed (1817)\n     Errors  1 error\n';

describe('a test file is run once more', () => {
  it('where its process died and everything else went well', () => {
    expect(filesThatDied(DIED + PASSED)).toEqual(['/work/test/jobs/hostile.test.ts']);
  });

  it('not where a test failed', () => {
    const failed = PASSED.replace('98 passed', '1 failed | 97 passed');
    expect(filesThatDied(DIED + failed)).toEqual([]);
  });

  it('not where there was another error', () => {
    expect(filesThatDied(DIED + PASSED.replace('1 error', '2 errors'))).toEqual([]);
  });

  it('not where none died', () => {
    expect(filesThatDied(PASSED)).toEqual([]);
  });
});
