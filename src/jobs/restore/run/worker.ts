/**
 * Entry point of a restore worker thread: one reply for every command, in order.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { AppError, messageOf } from '../../../base/failure.ts';
import type { Command, Reply, WorkerStart } from './messages.ts';
import { WorkRoom } from './work-room.ts';

const room = new WorkRoom(workerData as WorkerStart);

parentPort?.on('message', (command: Command | 'end') => {
  if (command === 'end') {
    room.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(answer(command));
});

function answer(command: Command): Reply {
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
