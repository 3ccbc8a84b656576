/**
 * Feeds the parent's manifest to the walk thread, a few nodes ahead of it.
 * @module
 */
import type { ManifestReader } from '../../../vault/manifest/manifest-reader.ts';
import type { WalkControl } from './walk-control.ts';

const NODES_AHEAD = 8;

export class ParentFeed {
  readonly #nodes: AsyncGenerator<Uint8Array>;
  readonly #post: (node: Uint8Array | undefined) => void;
  readonly #control: WalkControl;
  #allowed = NODES_AHEAD;
  #wake: () => void = () => undefined;

  /** @param post sends to the walk thread; `undefined` is the end */
  constructor(
    reader: ManifestReader,
    control: WalkControl,
    post: (node: Uint8Array | undefined) => void,
  ) {
    this.#nodes = reader.nodes();
    this.#control = control;
    this.#post = post;
  }

  /** The walk took one more. */
  taken(): void {
    this.#allowed++;
    this.#wake();
  }

  /** Runs until the manifest is sent or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort);
    try {
      for await (const node of this.#nodes) {
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
