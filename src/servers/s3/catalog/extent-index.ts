/**
 * What the catalog knows of extents: for the store that keeps their bytes, and for the sweeper and the scrub.
 * @module
 */

export interface ExtentIndex {
  /**
   * How many times a server was started on this catalog, this one included. Part of each extent's id: what an
   * earlier one wrote and never named can be told from what is being written now, without a clock.
   */
  readonly startNumber: number;
  /** Sealed bytes of a small extent. */
  inlineBytes(id: string): Buffer | undefined;
  /** Bytes of the catalog's file that are free inside it: it does not shrink, it is filled again. */
  spareBytes(): number;
  /** Whether a version or a part has its bytes in the file of that id. */
  namesFile(id: string): boolean;
  /** What nobody names any more and what is still there, by id, behind `after`. */
  garbage(after: string, limit: number): readonly Garbage[];
  /** Whether garbage aged less than twice since it was dropped: somebody may be about to read it. */
  isYoungGarbage(id: string): boolean;
  letGarbageAge(): void;
  /** Called in `write` once the files are gone. Small extents are gone with it. */
  forgetGarbage(ids: readonly string[]): void;
}

export interface Garbage {
  readonly id: string;
  /** It is in the catalog; else it has a file. */
  readonly isInline: boolean;
}
