/**
 * Turns a job that calls `emit` into an async generator of its events.
 * @module
 */

/**
 * Runs `work` and yields what it emits, in order; ends when the work ends and throws what it throws.
 * Leaving the loop early calls `cancel` and waits for the work to end.
 */
export async function* eventsOf<T>(
  work: (emit: (event: T) => void) => Promise<void>,
  cancel: () => void = () => undefined,
): AsyncGenerator<T> {
  const events: T[] = [];
  let wake: () => void = () => undefined;
  let isDone = false;
  let failure: { error: unknown } | undefined;
  const emit = (event: T) => {
    events.push(event);
    wake();
  };
  const running = work(emit)
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      isDone = true;
      wake();
    });
  try {
    for (;;) {
      while (events.length > 0) yield events.shift() as T;
      if (isDone) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (events.length > 0 || isDone) resolve();
      });
    }
  } finally {
    if (!isDone) cancel();
    await running;
  }
  if (failure) throw failure.error;
}
