import { broken, type World } from './world.ts';

/** Silence after which the tool takes its energy off by itself. */
const silenceMs = 2_000;
const lookEveryMs = 200;
/** No tool may have energy longer than this without a word from whoever holds it. */
const tripMs = 3_000;

export type ToolAnswer =
  | { ok: true; dose: number; loaded: string | null; sequence: number }
  | { ok: false; why: 'stale' | 'tripped' | 'sequence' };

/** What a planted bug changes in the tool. */
export interface ToolRules {
  readonly obeysOldTokens: boolean;
  readonly takesRepeats: boolean;
  readonly watchdogSleeps: boolean;
}

/** A tool with a guard of its own: it obeys the newest token, in sequence, and goes safe when it hears nothing. */
export interface Tool {
  attach(token: number): ToolAnswer;
  load(token: number, jobId: string): ToolAnswer;
  advance(command: { token: number; sequence: number; dose: number }): ToolAnswer;
  safe(token: number): ToolAnswer;
  readonly doses: ReadonlyMap<string, number>;
  readonly loads: ReadonlyMap<string, number>;
}

export function createTool(world: World, rules: ToolRules, onAdvance: (token: number) => void): Tool {
  const guard = { highest: 0, session: 0, sequence: 0, heardMs: 0, energised: false, tripped: false };
  const doses = new Map<string, number>();
  const loads = new Map<string, number>();
  let loaded: string | null = null;
  const answer = (): ToolAnswer => ({
    ok: true,
    dose: loaded === null ? 0 : (doses.get(loaded) ?? 0),
    loaded,
    sequence: guard.sequence,
  });
  const isStale = (token: number) => {
    const stale = token < guard.highest && !rules.obeysOldTokens;
    if (stale) world.hit('tool refused an old token');
    return stale;
  };
  const look = () => {
    const silentMs = world.nowMs - guard.heardMs;
    if (guard.energised && silentMs > silenceMs && !rules.watchdogSleeps) {
      guard.energised = false;
      guard.tripped = true;
      world.hit('watchdog trip');
    }
    if (guard.energised && silentMs > tripMs) broken('a tool had energy in silence');
    world.after(lookEveryMs, look);
  };
  world.after(lookEveryMs, look);
  return {
    doses,
    loads,
    attach: (token) => {
      if (isStale(token)) return { ok: false, why: 'stale' };
      Object.assign(guard, { highest: Math.max(guard.highest, token), session: token, heardMs: world.nowMs });
      Object.assign(guard, { energised: false, tripped: false });
      return answer();
    },
    load: (token, jobId) => {
      if (isStale(token)) return { ok: false, why: 'stale' };
      loaded = jobId;
      loads.set(jobId, (loads.get(jobId) ?? 0) + 1);
      if ((loads.get(jobId) ?? 0) > 1) broken(`the wafer of ${jobId} was started twice`);
      return answer();
    },
    advance: ({ token, sequence, dose }) => {
      if (isStale(token)) return { ok: false, why: 'stale' };
      if (guard.tripped) return { ok: false, why: 'tripped' };
      if (sequence !== guard.sequence + 1 && !rules.takesRepeats) {
        world.hit('tool refused a sequence');
        return { ok: false, why: 'sequence' };
      }
      onAdvance(token);
      Object.assign(guard, { sequence, heardMs: world.nowMs, energised: true });
      if (loaded !== null) doses.set(loaded, (doses.get(loaded) ?? 0) + dose);
      return answer();
    },
    safe: (token) => {
      if (isStale(token)) return { ok: false, why: 'stale' };
      Object.assign(guard, { energised: false, heardMs: world.nowMs });
      return answer();
    },
  };
}
