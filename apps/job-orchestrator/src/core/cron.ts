import { Cron } from 'croner';

/**
 * The times of a cron pattern in a time zone, as Vixie cron keeps them. A pattern of fixed times follows the clock on
 * the wall: a local time that the change to summer time leaves out comes once, at the end of the gap, and one that
 * occurs twice in autumn comes once, at its first occurrence. A pattern with `*` or steps in its minutes or hours
 * follows elapsed time. Times are instants in ms since 1970.
 */
export type CronTimes = {
  /** The first time after this instant; null when there is none. */
  nextAfter(atMs: number): number | null;
};

/** Reads a pattern of five fields; throws an error in words when pattern or time zone cannot be read. */
export function cronTimes(pattern: string, timeZone: string): CronTimes {
  const cron = new Cron(pattern, {
    paused: true,
    timezone: timeZone,
    mode: '5-part',
    // Lists and ranges of times are fixed times too: none of them may be left out in spring.
    fixedTimeRule: 'no-wildcard',
  });
  return { nextAfter: (atMs) => cron.nextRun(new Date(atMs))?.getTime() ?? null };
}

/** What is wrong with a pattern and its zone, by field; null when they can be kept. */
export function cronFault(
  pattern: string,
  timeZone: string,
  nowMs: number,
): { path: 'cron' | 'time_zone'; message: string } | null {
  if (!isTimeZone(timeZone)) return { path: 'time_zone', message: 'is no IANA time zone' };
  if (pattern.trim().split(/\s+/).length !== 5) {
    return { path: 'cron', message: 'needs five fields: minute, hour, day of month, month, day of week' };
  }
  try {
    const comes = cronTimes(pattern, timeZone).nextAfter(nowMs) !== null;
    return comes ? null : { path: 'cron', message: 'describes a time that never comes' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { path: 'cron', message: `cannot be read: ${message}` };
  }
}

function isTimeZone(name: string): boolean {
  // An offset such as +02:00 is understood there too, but knows no summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** The next times after an instant, at most `count`. */
export function upcomingTimes(times: CronTimes, afterMs: number, count: number): number[] {
  const found: number[] = [];
  let at: number | null = afterMs;
  while (found.length < count) {
    at = times.nextAfter(at);
    if (at === null) break;
    found.push(at);
  }
  return found;
}
