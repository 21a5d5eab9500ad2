import { accept, refuse, type FieldError, type JobStatus, type Refusal, type Result } from '@spectra/schemas';

/** Something that shall be created; `dependsOn` names jobs, runs, or keys of the same batch. */
export type PlannedItem = {
  key: string | null;
  jobId: string;
  dependsOn: readonly string[];
  /** It was refused before its dependencies were looked at. */
  refused?: boolean;
};

/** A job that exists already, under each name by which it can be asked for. */
export type KnownJob = { jobId: string; runId: string | null; process: string | null; status: JobStatus };

/** A job that another one waits for; `status` is null for one that is created together with it. */
export type Link = Omit<KnownJob, 'status'> & { status: JobStatus | null };

/**
 * Finds what each item waits for. Refused, and named: unknown ids (also those of other organisations, which are
 * not among `known`), keys that stand twice, circles, and items that depend on a refused one.
 */
export function planDependencies(
  items: readonly PlannedItem[],
  known: ReadonlyMap<string, KnownJob>,
): Result<Link[]>[] {
  const places = placesOfKeys(items);
  const named = items.map((item, index) => resolve(item, { index, places, known }));
  const order = startableOrder(named);
  const startable = new Set(order);
  const refusals = new Map<number, Refusal>();
  for (const [index, { errors }] of named.entries()) {
    if (errors.length > 0) refusals.set(index, refusalOf(errors));
    else if (!startable.has(index)) refusals.set(index, circleRefusal(index, { named, items, startable }));
  }
  const isRefused = (index: number) => items[index]?.refused === true || refusals.has(index);
  // In the order in which they could start, so that a refusal reaches everybody behind it.
  for (const index of order) {
    const blamed = named[index]?.before.find(isRefused);
    if (blamed !== undefined && !refusals.has(index)) refusals.set(index, behindRefused(items, blamed));
  }
  return named.map(({ links }, index) => {
    const refusal = refusals.get(index);
    return refusal === undefined ? accept(links) : { ok: false, refusal };
  });
}

type Named = { links: Link[]; before: number[]; errors: FieldError[] };

type Place = { index: number; jobId: string };

/** Where each key stands; also a refused item keeps its key, so that those behind it are refused for that. */
function placesOfKeys(items: readonly PlannedItem[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [index, { key, jobId }] of items.entries()) {
    if (key !== null && !places.has(key)) places.set(key, { index, jobId });
  }
  return places;
}

function resolve(
  item: PlannedItem,
  among: { index: number; places: ReadonlyMap<string, Place>; known: ReadonlyMap<string, KnownJob> },
): Named {
  const { index, places, known } = among;
  const named: Named = { links: [], before: [], errors: [] };
  if (item.key !== null && places.get(item.key)?.index !== index) {
    named.errors.push({ path: 'key', message: 'stands twice in this batch', value: item.key });
  }
  for (const [place, name] of item.dependsOn.entries()) {
    const inBatch = places.get(name);
    const job = known.get(name);
    if (inBatch !== undefined) {
      named.before.push(inBatch.index);
      addLink(named, { jobId: inBatch.jobId, runId: null, process: null, status: null });
    } else if (job !== undefined) addLink(named, job);
    else {
      const message = 'there is no job or run with this id, and no item with this key';
      named.errors.push({ path: `depends_on.${place}`, message, value: name });
    }
  }
  return named;
}

/** A job that is named by its own id and by its run's is one dependency. */
function addLink(named: Named, link: Link): void {
  if (!named.links.some((other) => other.jobId === link.jobId)) named.links.push(link);
}

/** The items in an order in which each stands behind those it waits for; those in or behind a circle are missing. */
function startableOrder(named: readonly Named[]): number[] {
  const behind = new Map<number, number[]>();
  const open = named.map(({ before }) => new Set(before).size);
  for (const [index, plan] of named.entries()) {
    for (const before of new Set(plan.before)) {
      const waiting = behind.get(before) ?? [];
      waiting.push(index);
      behind.set(before, waiting);
    }
  }
  const order = named.flatMap((_plan, index) => (open[index] === 0 ? [index] : []));
  for (const index of order) {
    for (const next of behind.get(index) ?? []) {
      open[next] = (open[next] ?? 0) - 1;
      if (open[next] === 0) order.push(next);
    }
  }
  return order;
}

function circleRefusal(
  start: number,
  among: { named: readonly Named[]; items: readonly PlannedItem[]; startable: ReadonlySet<number> },
): Refusal {
  const { named, items, startable } = among;
  const path: number[] = [];
  let at: number | undefined = start;
  while (at !== undefined && !path.includes(at)) {
    path.push(at);
    at = named[at]?.before.find((before) => !startable.has(before));
  }
  const circle = path.slice(at === undefined ? 0 : path.indexOf(at));
  const words = [...circle, circle[0] ?? start].map((index) => nameOf(items, index)).join(' → ');
  return refusalOf([{ path: 'depends_on', message: `leads in a circle: ${words}`, value: words }]);
}

function behindRefused(items: readonly PlannedItem[], blamed: number): Refusal {
  const value = nameOf(items, blamed);
  return refusalOf([{ path: 'depends_on', message: `item ${value} of this batch was refused`, value }]);
}

function nameOf(items: readonly PlannedItem[], index: number): string {
  return items[index]?.key ?? `#${index}`;
}

function refusalOf(errors: FieldError[]): Refusal {
  const told = errors.map(({ path, message }) => `${path}: ${message}`).slice(0, 3);
  const refused = refuse('validation_failed', told.join('; '), errors);
  return refused.refusal;
}
