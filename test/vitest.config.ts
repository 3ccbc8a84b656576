import { defineConfig } from 'vitest/config';

// Tests start and end hundreds of worker threads in one process. Where the processor has protection keys, V8
// in Node 24 now and then loses count of its code pages and aborts ("Check failed: jit_page.has_value()").
// It also dies of SIGSEGV in a collection now and then, which goes away without its baseline compiler
// (nodejs/node issues 62393 and 64500).
const isNode24 = process.versions.node.startsWith('24.');

export default defineConfig({
  test: {
    execArgv: isNode24 ? ['--no-memory-protection-keys', '--no-sparkplug'] : [],
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
