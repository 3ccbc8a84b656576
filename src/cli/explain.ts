/**
 * The one place that turns a failure into words, a JSON line and an exit code.
 * The exit codes are an API: tested, only ever extended (`docs/` and the README list them).
 * @module
 */
import { AppError, messageOf, type FailureCode } from '../base/failure.ts';

/** What the process ends with. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Some files could not be read or written; everything else is done. */
  partial: 3,
  noVault: 10,
  busy: 11,
  wrongKey: 12,
  damaged: 13,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const EXIT_CODES = {
  usage: ExitCode.usage,
  interrupted: ExitCode.interrupted,
  internal: ExitCode.failed,
  'store/not-found': ExitCode.failed,
  'store/exists': ExitCode.failed,
  'store/denied': ExitCode.failed,
  'store/no-bucket': ExitCode.noVault,
  'store/unavailable': ExitCode.failed,
  'store/checksum': ExitCode.damaged,
  'store/full': ExitCode.failed,
  'store/sse': ExitCode.failed,
  'store/insecure': ExitCode.failed,
  'store/rejected': ExitCode.failed,
  'store/config': ExitCode.usage,
  'store/locked': ExitCode.failed,
  'keys/words': ExitCode.wrongKey,
  'keys/wrong': ExitCode.wrongKey,
  'keys/none': ExitCode.usage,
  'keys/source': ExitCode.failed,
  'vault/not-found': ExitCode.noVault,
  'vault/exists': ExitCode.failed,
  'vault/unsupported': ExitCode.failed,
  'vault/mismatch': ExitCode.damaged,
  'vault/busy': ExitCode.busy,
  'vault/closed': ExitCode.failed,
  'vault/changed': ExitCode.busy,
  'vault/contradiction': ExitCode.damaged,
  'object/truncated': ExitCode.damaged,
  'object/header': ExitCode.damaged,
  'object/name': ExitCode.damaged,
  'object/kind': ExitCode.damaged,
  'object/commitment': ExitCode.damaged,
  'object/segment': ExitCode.damaged,
  'object/padding': ExitCode.damaged,
  'object/epoch': ExitCode.damaged,
  'format/invalid': ExitCode.damaged,
  'chunk/missing': ExitCode.damaged,
  'chunk/mismatch': ExitCode.damaged,
  'self-check': ExitCode.damaged,
  'snapshot/not-found': ExitCode.failed,
  'snapshot/ambiguous': ExitCode.failed,
  'snapshot/path': ExitCode.failed,
  'files/read': ExitCode.failed,
  'files/write': ExitCode.failed,
  'files/unsafe': ExitCode.failed,
  'files/command': ExitCode.failed,
  'serve/config': ExitCode.usage,
  'serve/busy': ExitCode.busy,
  'serve/master-key': ExitCode.wrongKey,
  'serve/damaged': ExitCode.damaged,
} as const satisfies Record<FailureCode, ExitCode>;

const WHAT_A_BUG_NEEDS = 'this is a bug in cybs3; please report it with what --debug prints';

/** A failure as people and scripts get to see it. */
export interface Explanation {
  readonly code: FailureCode;
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly detail: AppError['detail'];
  readonly stack: string | undefined;
}

/** Anything thrown that is not an `AppError` is a bug of ours, and says so. */
export function explain(error: unknown): Explanation {
  if (error instanceof AppError) {
    const { code, message, hint, detail } = error;
    return { code, exitCode: EXIT_CODES[code], message, hint, detail, stack: stackOf(error) };
  }
  return {
    code: 'internal',
    exitCode: ExitCode.failed,
    message: `internal error: ${messageOf(error)}`,
    hint: WHAT_A_BUG_NEEDS,
    detail: {},
    stack: stackOf(error),
  };
}

export interface ExplainStyle {
  readonly json: boolean;
  readonly debug: boolean;
}

/** The lines for stderr, each ended by a newline: text, or with `json` one JSON object. */
export function explanationText(explanation: Explanation, style: ExplainStyle): string {
  const { code, exitCode, message, hint, detail, stack } = explanation;
  if (style.json) {
    const line = { schema: 'cybs3/v1', type: 'exit_error', code, exitCode, message, hint, detail };
    return `${JSON.stringify(style.debug ? { ...line, stack } : line)}\n`;
  }
  let text = `cybs3: error: ${message}\n`;
  if (hint !== undefined) text += `cybs3: hint: ${hint}\n`;
  if (style.debug && stack !== undefined) text += `${stack}\n`;
  return text;
}

/** The stack with those of its causes below it. */
function stackOf(error: unknown): string | undefined {
  const parts: string[] = [];
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    parts.push(`${depth === 0 ? '' : 'caused by: '}${at.stack ?? at.message}`);
    at = at.cause;
  }
  return parts.length === 0 ? undefined : parts.join('\n');
}
