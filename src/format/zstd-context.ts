/**
 * zstd contexts that are used again and again, and write into memory of ours.
 *
 * Node's `zstdCompressSync` makes a context, a stream object and an output buffer a call: 45 µs and half a
 * megabyte of fresh memory, eight times what compressing a small file takes. Here one stream's context writes one
 * frame after the other. That goes through the part of Node's zlib streams that has no documentation (`_handle`,
 * `_writeState`; the same since zstd came to Node), so each use makes sure of the outcome, and where anything is not
 * as expected the documented call does the work (decision 0012).
 * @module
 */
import zlib from 'node:zlib';
import { isOneFrame } from './zstd-frame.ts';

type Parameters = Readonly<Record<number, number>>;

interface Insides {
  readonly _handle?: {
    writeSync?: (
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputBytes: number,
      output: Uint8Array,
      outputAt: number,
      outputBytes: number,
    ) => void;
  } | null;
  /** Bytes of room left in the output, then bytes left of the input. */
  readonly _writeState?: Uint32Array;
}

type ZlibStream = (zlib.ZstdCompress | zlib.ZstdDecompress) & Insides;

const { ZSTD_d_windowLogMax, ZSTD_e_continue, ZSTD_e_end } = zlib.constants;

/** A context keeps its window: no more than the longest chunk (16 MiB) has use for. */
const WINDOW_LOG_MAX = 24;

/** One direction of zstd with one context. */
class Context {
  readonly #open: () => ZlibStream;
  readonly #flush: number;
  #stream: ZlibStream | undefined;

  constructor(open: () => ZlibStream, flush: number) {
    this.#open = open;
    this.#flush = flush;
  }

  /** @returns bytes written, or -1 where not all input was taken or the output is full to the brim */
  run(input: Uint8Array, output: Uint8Array): number {
    this.#stream ??= this.#opened();
    const { _handle: handle, _writeState: state } = this.#stream;
    if (!handle?.writeSync || state?.length !== 2) return this.#giveUp();
    state.fill(NOT_WRITTEN);
    handle.writeSync(this.#flush, input, 0, input.length, output, 0, output.length);
    const [room = NOT_WRITTEN, left = NOT_WRITTEN] = state;
    const isDone = left === 0 && room > 0 && room <= output.length && !this.#stream.destroyed;
    return isDone ? output.length - room : this.#giveUp();
  }

  #opened(): ZlibStream {
    const stream = this.#open();
    // A damaged frame is told here as well, later, and by `destroyed`, at once.
    stream.on('error', () => undefined);
    return stream;
  }

  /** What is left in the context would get into the next frame. */
  #giveUp(): number {
    this.#stream?.destroy();
    this.#stream = undefined;
    return -1;
  }
}

const NOT_WRITTEN = 2 ** 32 - 1;

export class ZstdEncoder {
  readonly #params: Parameters;
  readonly #context: Context;
  #out = Buffer.alloc(0);

  constructor(params: Parameters) {
    this.#params = params;
    this.#context = new Context(() => zlib.createZstdCompress({ params }), ZSTD_e_end);
  }

  /** @returns one frame, which stays as it is until the next call */
  encode(raw: Buffer): Uint8Array {
    // ZSTD_COMPRESSBOUND is a little less.
    const bound = raw.length + (raw.length >> 7) + 1024;
    if (this.#out.length < bound) this.#out = Buffer.allocUnsafeSlow(bound);
    const length = this.#context.run(raw, this.#out.subarray(0, bound));
    const frame = this.#out.subarray(0, Math.max(length, 0));
    if (isOneFrame(frame)) return frame;
    return zlib.zstdCompressSync(raw, { params: this.#params });
  }
}

export class ZstdDecoder {
  readonly #context = new Context(
    () => zlib.createZstdDecompress({ params: { [ZSTD_d_windowLogMax]: WINDOW_LOG_MAX } }),
    ZSTD_e_continue,
  );
  #out = Buffer.alloc(0);

  /**
   * @param frame exactly one frame
   * @returns its content where that has `rawBytes` bytes, untouched until the next call; never takes more memory
   *   than that
   * @throws Error where it is damaged, or of another length
   */
  decode(frame: Buffer, rawBytes: number): Uint8Array {
    if (!isOneFrame(frame)) throw new Error('not one zstd frame');
    // One more than will come: only with room left is it sure that nothing more comes.
    const room = rawBytes + 1;
    if (this.#out.length < room) this.#out = Buffer.allocUnsafeSlow(room);
    const length = this.#context.run(frame, this.#out.subarray(0, room));
    if (length === rawBytes) return this.#out.subarray(0, length);
    const raw = zlib.zstdDecompressSync(frame, { maxOutputLength: Math.max(rawBytes, 1) });
    if (raw.length !== rawBytes) throw new Error('of another length');
    return raw;
  }
}
