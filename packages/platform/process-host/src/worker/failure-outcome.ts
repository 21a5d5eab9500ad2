import type { AttemptOutcome } from '@spectra/schemas';
import { ToolOutcomeUnknown, ToolRefused, ToolUnreachable } from '../tool/tool-errors.ts';

/**
 * What an attempt that broke means for its run. Before exposure nothing has happened to a wafer, so a passing fault may
 * be tried again. After it, only a process that may resume goes on by itself, and an unknown outcome never does.
 */
export function failureOutcome(
  error: unknown,
  run: { exposed: boolean; interruptedWafer: 'resume' | 'hold' },
): AttemptOutcome {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ToolOutcomeUnknown && run.exposed) {
    return held(`The outcome of a tool command is unknown: ${message}`);
  }
  const transient = isTransient(error);
  if (run.exposed && (run.interruptedWafer === 'hold' || !transient)) {
    return held(`Interrupted after exposure: ${message}`);
  }
  return { kind: 'failed', error: { code: codeOf(error), message, transient }, artifacts: [] };
}

function isTransient(error: unknown): boolean {
  if (error instanceof ToolUnreachable || error instanceof ToolOutcomeUnknown) return true;
  if (error instanceof ToolRefused) return error.code === 'stale_token' || error.code === 'tripped';
  // Connection faults of Postgres, NATS or the object store carry a system or SQLSTATE class 08/57 code.
  const code = systemCode(error);
  return /^(E[A-Z]+|08\w{3}|57P\d{2})$/.test(code);
}

function codeOf(error: unknown): string {
  if (error instanceof ToolRefused) return `tool_${error.code}`;
  if (error instanceof ToolUnreachable) return 'tool_unreachable';
  if (error instanceof ToolOutcomeUnknown) return 'tool_outcome_unknown';
  return 'worker_fault';
}

function systemCode(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

function held(reason: string): AttemptOutcome {
  return { kind: 'held', reason, artifacts: [] };
}
