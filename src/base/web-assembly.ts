/**
 * The part of the WebAssembly interface that we use. Every Node has it; its types come only with those
 * of a browser, which we do not want in scope.
 * @module
 */

export interface WasmModule {
  readonly wasmModule: never;
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export interface WasmSharedMemory {
  readonly buffer: SharedArrayBuffer;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Memory: {
    new (pages: { initial: number; maximum: number }): WasmMemory;
    new (pages: { initial: number; maximum: number; shared: true }): WasmSharedMemory;
  };
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, WasmMemory>>>>,
  ) => { readonly exports: object };
}

/** The global `WebAssembly` (WebAssembly JavaScript Interface, W3C). */
export const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
