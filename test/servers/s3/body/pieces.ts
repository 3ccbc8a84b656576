/**
 * One body in whatever pieces a socket may give it.
 * @module
 */

/** Pieces of `sizeBytes` each; with empty ones in between. */
export async function* cut(bytes: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += sizeBytes) {
    await Promise.resolve();
    yield bytes.subarray(at, at + sizeBytes);
    if (at % 7 === 0) yield Buffer.alloc(0);
  }
}

export async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** An unsigned aws-chunked body. */
export function chunked(chunks: readonly Buffer[], trailer = ''): Buffer {
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailer}\r\n`)]);
}
