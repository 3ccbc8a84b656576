import { defineConfig } from 'vitest/config';

// Tests start and end hundreds of worker threads in one process, which load TypeScript as it is.
// Node strips its types in WebAssembly that calls JavaScript; V8 in Node 24 makes faster code for
// such calls after the thousandth, shares it among threads, and aborts when two give it up at once
// ("Check failed: jit_page.has_value()"; with a budget of one call every second run of a few hundred
// threads dies so, and none where it is never made). The built program loads JavaScript, and its own
// WebAssembly calls nothing.
// V8 also dies of SIGSEGV in a collection now and then, which goes away without its baseline compiler
// (nodejs/node issues 62393 and 64500).
const FLAGS = ['--wasm-wrapper-tiering-budget=2000000000', '--no-wasm-code-gc', '--no-sparkplug'];
const isNode24 = process.versions.node.startsWith('24.');

export default defineConfig({
  test: {
    execArgv: isNode24 ? ['--no-memory-protection-keys', ...FLAGS] : [],
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
