/**
 * The file of an audit log: found as a crash left it, and brought to its last whole line.
 * @module
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../base/failure.ts';
import { CHAIN_START, LINE_BYTES_MAX, decodeLine, hashLine } from './audit-line.ts';
import type { ChainEnd } from './audit-line.ts';

const FILE_MODE = 0o600;
const NEWLINE = 10;

export interface AuditFile {
  readonly handle: FileHandle;
  readonly end: ChainEnd;
  /** Where the next line goes. */
  readonly sizeBytes: number;
  /** Undefined where the file ended in a whole line. */
  readonly torn: { readonly file: string; readonly bytes: number } | undefined;
}

/**
 * Makes the file, readable by its owner only, where there is none. What a crash left of a line is moved to
 * `FILE.torn-<time>`.
 * @throws AppError `serve/damaged` where the last line is none of an audit log
 */
export async function openAuditFile(file: string, nowMs: number): Promise<AuditFile> {
  const handle = await open(file, 'a+', FILE_MODE).catch((cause: unknown) => {
    throw new AppError('serve/config', `cannot write the audit log ${file}`, { cause });
  });
  try {
    const { size } = await handle.stat();
    const { lastLine, tornBytes } = await readTail(handle, size, file);
    const end = lastLine === undefined ? CHAIN_START : endAfter(lastLine, file);
    const sizeBytes = size - tornBytes.length;
    if (tornBytes.length === 0) return { handle, end, sizeBytes, torn: undefined };
    const torn = { file: `${file}.torn-${nowMs}`, bytes: tornBytes.length };
    await setAside(torn.file, tornBytes);
    await handle.truncate(sizeBytes);
    return { handle, end, sizeBytes, torn };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The last whole line, without its end, and what comes after it. */
async function readTail(
  handle: FileHandle,
  size: number,
  file: string,
): Promise<{ lastLine: Buffer | undefined; tornBytes: Buffer }> {
  // A torn line, a whole one, and the end of the one before.
  const length = Math.min(size, 2 * LINE_BYTES_MAX + 2);
  const tail = Buffer.alloc(length);
  const { bytesRead } = await handle.read(tail, 0, length, size - length);
  if (bytesRead !== length) throw damaged(file);
  const lastEnd = tail.lastIndexOf(NEWLINE);
  const tornBytes = tail.subarray(lastEnd + 1);
  if (tornBytes.length > LINE_BYTES_MAX) throw damaged(file);
  if (lastEnd === -1) return { lastLine: undefined, tornBytes };
  const start = lastEnd === 0 ? 0 : tail.lastIndexOf(NEWLINE, lastEnd - 1) + 1;
  if (start === 0 && length < size) throw damaged(file);
  return { lastLine: tail.subarray(start, lastEnd), tornBytes };
}

function endAfter(line: Buffer, file: string): ChainEnd {
  const decoded = decodeLine(line);
  if (decoded === undefined) throw damaged(file);
  return { seq: decoded.seq, head: hashLine(line) };
}

async function setAside(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx', FILE_MODE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function damaged(file: string): AppError {
  return new AppError('serve/damaged', `the end of ${file} is no entry of an audit log`, {
    hint: 'look at it with --verify-audit, then move it away: the server begins a new one',
  });
}
