/**
 * Runs a job whose results are many: they are shown as they come, and no more are looked for once nobody reads them.
 * @module
 */
import type { CommandContext } from '../../command.ts';
import type { JobView, Tally } from '../../render/job.ts';
import { runJob } from '../../render/job.ts';

interface AnyEvent {
  readonly type: string;
}

export interface LookView<Event extends AnyEvent> extends JobView<Event> {
  /** An event as programs get it. */
  toJson(event: Event): AnyEvent;
}

/**
 * @returns how many errors it reported
 * @throws BrokenPipe where the reader of the text went away
 */
export async function runLook<Event extends AnyEvent>(
  events: AsyncIterable<Event>,
  context: CommandContext<object>,
  view: LookView<Event>,
): Promise<Tally> {
  if (!context.out.json) return runJob(events, context, view);
  return runJob(asJson(events, context, view), context, { show: () => undefined });
}

async function* asJson<Event extends AnyEvent>(
  events: AsyncIterable<Event>,
  { out }: CommandContext<object>,
  view: LookView<Event>,
): AsyncGenerator<AnyEvent> {
  for await (const event of events) {
    if (out.isBroken()) return;
    yield view.toJson(event);
  }
}
