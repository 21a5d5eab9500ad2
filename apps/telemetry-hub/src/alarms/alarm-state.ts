import type { AlarmEvent, AlarmState } from '@spectra/schemas';

/** What is true of an alarm; its state follows from it. Times are ISO texts, UTC. */
export type AlarmFacts = {
  readonly active: boolean;
  /** Stays raised until acknowledged, also when its condition is over (interlocks). */
  readonly latched: boolean;
  readonly occurrences: number;
  readonly firstRaisedAt: string;
  readonly raisedAt: string;
  readonly clearedAt: string | null;
  readonly acknowledged: { readonly by: string; readonly at: string; readonly comment: string } | null;
  readonly shelved: {
    readonly by: string;
    readonly at: string;
    readonly until: string;
    readonly reason: string;
  } | null;
};

/** What happens to an alarm, by whom. */
export type AlarmAct =
  | { readonly event: 'raise' | 'clear'; readonly at: string; readonly latched: boolean }
  | {
      readonly event: 'acknowledge' | 'unshelve';
      readonly at: string;
      readonly by: string;
      readonly comment: string;
    }
  | {
      readonly event: 'shelve';
      readonly at: string;
      readonly by: string;
      readonly until: string;
      readonly reason: string;
    };

/**
 * Which event is legal in which state: the whole state machine.
 *
 * A tool or a chart may speak at any time. A person acknowledges what is raised, and once what came and went unseen;
 * shelves anything, also again with another end; and takes off the shelf only what lies on it.
 */
export const legalEvents: Readonly<Record<AlarmState, readonly AlarmEvent[]>> = {
  raised: ['raise', 'clear', 'acknowledge', 'shelve'],
  acknowledged: ['raise', 'clear', 'shelve'],
  shelved: ['raise', 'clear', 'shelve', 'unshelve'],
  cleared: ['raise', 'clear', 'acknowledge', 'shelve'],
};

/** The state that follows from what is true: a shelf hides, a lasting or latched condition stands, else it is over. */
export function stateOf(alarm: AlarmFacts): AlarmState {
  if (alarm.shelved !== null) return 'shelved';
  if (alarm.active) return alarm.acknowledged === null ? 'raised' : 'acknowledged';
  return alarm.latched && alarm.acknowledged === null ? 'raised' : 'cleared';
}

/** The first raising of an alarm. */
export function firstRaising(at: string, latched: boolean): AlarmFacts {
  return {
    active: true,
    latched,
    occurrences: 1,
    firstRaisedAt: at,
    raisedAt: at,
    clearedAt: null,
    acknowledged: null,
    shelved: null,
  };
}

/** What is true after an act; null when the act is not legal in the alarm's state. */
export function nextAlarm(alarm: AlarmFacts, act: AlarmAct): AlarmFacts | null {
  const state = stateOf(alarm);
  if (!legalEvents[state].includes(act.event)) return null;
  switch (act.event) {
    case 'raise': {
      const { latched } = act;
      const again = { ...alarm, latched, active: true, occurrences: alarm.occurrences + 1 };
      // While it lasts, a raising from another attempt is the same matter: the acknowledgement stands.
      if (alarm.active) return again;
      return { ...again, raisedAt: act.at, clearedAt: null, acknowledged: null };
    }
    case 'clear':
      return alarm.active ? { ...alarm, active: false, clearedAt: act.at } : alarm;
    case 'acknowledge': {
      if (alarm.acknowledged !== null) return null;
      const { by, at, comment } = act;
      return { ...alarm, acknowledged: { by, at, comment } };
    }
    case 'shelve': {
      const { by, at, until, reason } = act;
      return { ...alarm, shelved: { by, at, until, reason } };
    }
    case 'unshelve':
      return { ...alarm, shelved: null };
  }
}
