/**
 * Text as servers write it into logs: times, levels, request ids, words by Zipf's law. It compresses about four
 * times (zstd 3), never repeats, and so does not deduplicate.
 * @module
 */
import { below, createChance } from './random-bytes.ts';
import type { Filler } from './random-bytes.ts';

const WORDS = 24_000;
const LEVELS = ['DEBUG', 'INFO ', 'INFO ', 'INFO ', 'WARN ', 'ERROR'];
const HEX = Buffer.from('0123456789abcdef');
const SYLLABLES =
  'ba co de fi ga hu in ja ke lo mi na or pe qui ra so tu ve wa xe ya zo ar en st er on al is tion';

interface Vocabulary {
  readonly bytes: Buffer;
  /** Where each word starts; one more than there are words. */
  readonly starts: Uint32Array;
}

/** The language is the same for all; what is said differs by seed. */
const LANGUAGE = makeVocabulary();

function makeVocabulary(): Vocabulary {
  const chance = createChance(1);
  const syllables = SYLLABLES.split(' ');
  const starts = new Uint32Array(WORDS + 1);
  let text = '';
  for (let i = 0; i < WORDS; i++) {
    starts[i] = text.length;
    const count = 1 + below(chance, 4);
    for (let n = 0; n < count; n++) text += syllables[below(chance, syllables.length)] ?? '';
    text += i % 17 === 0 ? ': ' : ' ';
  }
  starts[WORDS] = text.length;
  return { bytes: Buffer.from(text), starts };
}

export function textLines(seed: number): Filler {
  const writer = new LineWriter(seed);
  return (target) => writer.fill(target);
}

class LineWriter {
  readonly #chance: () => number;
  readonly #line = Buffer.alloc(1024);
  #length = 0;
  /** Bytes of the line already handed out. */
  #given = 0;
  #timeMs: number;

  constructor(seed: number) {
    this.#chance = createChance(seed ^ 0x5eed);
    this.#timeMs = 1_700_000_000_000 + below(this.#chance, 1e9);
  }

  fill(target: Buffer): void {
    for (let at = 0; at < target.length;) {
      if (this.#given === this.#length) this.#makeLine();
      const count = Math.min(this.#length - this.#given, target.length - at);
      this.#line.copy(target, at, this.#given, this.#given + count);
      this.#given += count;
      at += count;
    }
  }

  #makeLine(): void {
    const chance = this.#chance;
    const line = this.#line;
    this.#timeMs += below(chance, 500);
    const level = LEVELS[below(chance, LEVELS.length)] ?? '';
    let at = line.write(`${this.#timeMs} ${level} [`, 0, 'latin1');
    for (let i = 0; i < 8; i++) line[at++] = HEX[below(chance, 16)] ?? 0;
    line[at++] = 0x5d;
    line[at++] = 0x20;
    const words = 8 + below(chance, 24);
    for (let i = 0; i < words; i++) at = this.#addWord(at);
    at += line.write(`${below(chance, 100_000)}\n`, at, 'latin1');
    this.#length = at;
    this.#given = 0;
  }

  #addWord(at: number): number {
    const { bytes, starts } = LANGUAGE;
    // The cube makes few words common and most rare.
    const word = Math.floor(this.#chance() ** 3 * WORDS);
    const [from = 0, to = 0] = [starts[word], starts[word + 1]];
    for (let i = from; i < to; i++) this.#line[at++] = bytes[i] ?? 0;
    return at;
  }
}
