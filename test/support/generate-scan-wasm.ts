/**
 * Compiles `src/chunker/scan.wat` to `src/chunker/scan-wasm.ts`. Run it after each change of the
 * former: `node test/support/generate-scan-wasm.ts`. A test compares the two.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import loadWabt from 'wabt';

const source = new URL('../../src/chunker/scan.wat', import.meta.url);
const target = new URL('../../src/chunker/scan-wasm.ts', import.meta.url);

/** What `scan-wasm.ts` has to hold for the present `scan.wat`. */
export async function generateScanWasm(): Promise<string> {
  const wabt = await loadWabt();
  const parsed = wabt.parseWat('scan.wat', readFileSync(source, 'utf8'), { bulk_memory: true });
  parsed.validate();
  const module = Buffer.from(parsed.toBinary({}).buffer);
  parsed.destroy();
  const lines = module.toString('base64').match(/.{1,92}/g) ?? [];
  const hash = createHash('sha256').update(module).digest('hex');
  return `/**
 * The scanner as a WebAssembly module. Generated from \`scan.wat\` by
 * \`test/support/generate-scan-wasm.ts\`: change that and run this, never edit here.
 * @module
 */

/** SHA-256 of the module, hex. */
export const SCAN_WASM_SHA256 =
  '${hash}';

/** The module, base64. */
export const SCAN_WASM_BASE64 = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(target, await generateScanWasm());
}
