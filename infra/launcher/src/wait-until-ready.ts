import { readFileSync } from 'node:fs';
import { readState, type PlatformState } from './platform-state.ts';

const readyLimitMs = 120_000;
const pollMs = 200;
/** A part that failed this often in a row will not come up by waiting. */
const failuresMax = 6;

/** Waits until every expected part runs and says that it is ready; throws with the log of the part that does not. */
export async function waitUntilReady(
  dataFolder: string,
  expected: readonly string[],
): Promise<PlatformState> {
  const deadlineMs = performance.now() + readyLimitMs;
  for (;;) {
    const state = readState(dataFolder);
    const waiting = await notReady(state, expected);
    if (state !== undefined && waiting.length === 0) return state;
    const hopeless = Object.entries(state?.units ?? {}).find(
      ([, unit]) => unit.fault !== undefined && unit.restarts >= failuresMax,
    );
    if (hopeless !== undefined) throw new Error(describeFault(hopeless[0], state));
    if (performance.now() > deadlineMs) {
      const faults = waiting.map((name) => describeFault(name, state));
      throw new Error(`Not ready after ${readyLimitMs / 1000} s:\n${faults.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** True when the admin port says that the service and what it depends on are there. */
export async function isReady(adminPort: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/health/ready`, {
      signal: AbortSignal.timeout(2000),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

async function notReady(
  state: PlatformState | undefined,
  expected: readonly string[],
): Promise<readonly string[]> {
  if (state === undefined) return expected;
  const answers = await Promise.all(
    expected.map(async (name) => {
      const unit = state.units[name];
      if (unit?.process === undefined) return [name];
      return unit.adminPort === undefined || (await isReady(unit.adminPort)) ? [] : [name];
    }),
  );
  return answers.flat();
}

function describeFault(name: string, state: PlatformState | undefined): string {
  const unit = state?.units[name];
  if (unit === undefined) return `${name} was not started yet`;
  return `${name}: ${unit.fault ?? 'runs, but is not ready'}\n${lastLines(unit.logFile, 15)}`;
}

/** The end of a log file; empty when there is none. */
export function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}
