/**
 * The compiled scanner: compiled once a process, in the main thread, and handed to every worker thread.
 *
 * Not only to save time. Machine code that belongs to a worker is freed when that worker ends, and where
 * many come and go V8 (up to Node 24) now and then loses count of its code pages and aborts the process
 * ("Check failed: jit_page.has_value()"). Code that the main thread holds as well is never freed.
 * @module
 */
import { SCAN_WASM_BASE64 } from './scan-wasm.ts';
import { WebAssembly } from '../base/web-assembly.ts';
import type { WasmModule } from '../base/web-assembly.ts';

let compiled: WasmModule | undefined;

/** The module of this thread; a structured clone of it shares its machine code. */
export function scanModule(): WasmModule {
  compiled ??= new WebAssembly.Module(Buffer.from(SCAN_WASM_BASE64, 'base64'));
  return compiled;
}
