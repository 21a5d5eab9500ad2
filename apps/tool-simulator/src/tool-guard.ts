import type { ToolRefusalCode } from '@spectra/process-host';

/**
 * The tool's own judgement, whoever commands it: a pure state machine over tokens, sequence numbers and silence.
 *
 * - The highest token ever seen wins for ever; a lower one may not even take energy off.
 * - Commands come in an unbroken sequence; a repeated or skipped one is refused and changes nothing.
 * - A tool with energy on that hears nothing for `silenceMsMax` trips; only a newer session clears the trip.
 */
export interface ToolGuard {
  readonly highestToken: number;
  /** The session that was attached last; null after a detach and after a restart. */
  readonly sessionToken: number | null;
  readonly sequence: number;
  readonly heardMs: number;
  readonly tripped: boolean;
}

export type GuardRefusal = { readonly code: ToolRefusalCode; readonly message: string };
export type Guarded = { readonly guard: ToolGuard; readonly refusal: GuardRefusal | null };

/** A tool after power-up: it remembers the highest token and nothing else, and has no energy. */
export function poweredUp(highestToken: number, nowMs: number): ToolGuard {
  return { highestToken, sessionToken: null, sequence: 0, heardMs: nowMs, tripped: false };
}

/** A new session. The same token may attach again (its connection broke); a lower one is refused. */
export function attach(guard: ToolGuard, token: number, nowMs: number): Guarded {
  if (token < guard.highestToken) return refused(guard, stale(guard, token));
  return {
    guard: { ...guard, highestToken: token, sessionToken: token, heardMs: nowMs, tripped: false },
    refusal: null,
  };
}

/** Any command but `attach`: does this session still hold the tool? Hearing it counts as a heartbeat. */
export function hear(guard: ToolGuard, token: number, nowMs: number): Guarded {
  if (token < guard.highestToken) return refused(guard, stale(guard, token));
  if (guard.sessionToken !== token) {
    return refused(guard, { code: 'not_attached', message: `no session with token ${token} is attached` });
  }
  return { guard: { ...guard, heardMs: nowMs }, refusal: null };
}

/** A command that may bring energy: in order, and not after a trip. */
export function command(
  guard: ToolGuard,
  request: { token: number; sequence: number },
  nowMs: number,
): Guarded {
  const heard = hear(guard, request.token, nowMs);
  if (heard.refusal) return heard;
  if (guard.tripped) {
    return refused(heard.guard, { code: 'tripped', message: 'the watchdog has tripped; attach anew' });
  }
  const expected = guard.sequence + 1;
  if (request.sequence !== expected) {
    return refused(heard.guard, {
      code: 'wrong_sequence',
      message: `command ${request.sequence} came where ${expected} was expected`,
    });
  }
  return { guard: { ...heard.guard, sequence: expected }, refusal: null };
}

/** Ends the session. */
export function detach(guard: ToolGuard): ToolGuard {
  return { ...guard, sessionToken: null };
}

/** True when the watchdog must take the energy off now. */
export function mustTrip(
  guard: ToolGuard,
  watch: { energised: boolean; nowMs: number; silenceMsMax: number },
): boolean {
  return watch.energised && !guard.tripped && watch.nowMs - guard.heardMs > watch.silenceMsMax;
}

export function trip(guard: ToolGuard): ToolGuard {
  return { ...guard, tripped: true };
}

function refused(guard: ToolGuard, refusal: GuardRefusal): Guarded {
  return { guard, refusal };
}

function stale(guard: ToolGuard, token: number): GuardRefusal {
  return { code: 'stale_token', message: `token ${token} is older than ${guard.highestToken}` };
}
