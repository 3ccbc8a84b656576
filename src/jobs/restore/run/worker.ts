/**
 * Entry point of a restore worker thread: what it starts with comes first, then commands; one reply for every command,
 * in order.
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { AppError, messageOf } from '../../../base/failure.ts';
import type { Command, Reply, WorkerStart } from './messages.ts';
import { WorkRoom } from './work-room.ts';

let room: WorkRoom | undefined;

parentPort?.on('message', (message: WorkerStart | Command | 'end') => {
  if (message === 'end') {
    room?.close();
    parentPort?.close();
  } else if (room) {
    parentPort?.postMessage(answer(room, message as Command));
  } else {
    room = new WorkRoom(message as WorkerStart);
  }
});

function answer(room: WorkRoom, command: Command): Reply {
  try {
    return room.run(command);
  } catch (error) {
    const stop =
      error instanceof AppError && error.code === 'files/write'
        ? { code: error.code, message: error.message }
        : { code: 'internal' as const, message: stackOf(error) };
    return { problems: [], made: [], bytesWritten: 0, bytesVerified: 0, stop };
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}
