/**
 * Feeds the parent's manifest to the walk thread, a few nodes ahead of it.
 * @module
 */
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import type { ManifestReader } from '../../../vault/manifest/manifest-reader.ts';
import type { WalkControl } from './walk-control.ts';

const ID_BYTES = 32;
const NODES_AHEAD = 8;

export class ParentFeed {
  readonly #reader: ManifestReader;
  readonly #chunks: Pick<ChunkTable, 'find'>;
  readonly #post: (node: Uint8Array | undefined) => void;
  readonly #control: WalkControl;
  #allowed = NODES_AHEAD;
  #wake: () => void = () => undefined;

  /** @param post sends to the walk thread; `undefined` is the end */
  constructor(
    reader: ManifestReader,
    chunks: Pick<ChunkTable, 'find'>,
    control: WalkControl,
    post: (node: Uint8Array | undefined) => void,
  ) {
    this.#reader = reader;
    this.#chunks = chunks;
    this.#control = control;
    this.#post = post;
  }

  /** The walk took one more. */
  taken(): void {
    this.#allowed++;
    this.#wake();
  }

  /** Tells the walk whether all chunks are stored that these list chunks (32 bytes an id) name. */
  async answerLists(lists: Uint8Array): Promise<void> {
    this.#control.answer(await this.#areStored(lists).catch(() => false));
  }

  async #areStored(lists: Uint8Array): Promise<boolean> {
    for await (const ids of this.#reader.contentIds({ contentDepth: 1, content: lists })) {
      for (let at = 0; at < ids.length; at += ID_BYTES) {
        if (this.#chunks.find(ids, at) < 0) return false;
      }
    }
    return true;
  }

  /** Runs until the manifest is sent or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort);
    try {
      for await (const node of this.#reader.nodes()) {
        while (this.#allowed <= 0 && !signal.aborted) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
        if (signal.aborted) return;
        this.#allowed--;
        this.#send(node);
      }
      this.#send(undefined);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #send(node: Uint8Array | undefined): void {
    this.#post(node);
    this.#control.parentPosted();
  }
}
