import { join } from 'node:path';
import type { Call, FabClient } from '../load/fab-client.ts';
import type { Accepted, Load } from '../load/load.ts';
import type { Viewer } from '../load/viewers.ts';
import type { FaultPlatform } from '../platform/fault-platform.ts';
import { serviceNames } from '../platform/service-process.ts';
import type { Footprint } from '../platform/service-process.ts';
import type { Evidence, ForeignLook, Listed, ObjectFact, Silence } from './evidence.ts';
import { pendingAcks } from './nats-look.ts';
import { databaseConnections, outboxWaiting, readDatabase } from './read-database.ts';
import { readJournals, readObjects } from './read-files.ts';
import { readStore } from './read-store.ts';

/** What a healthy platform costs; measured once, before the first fault. */
export interface Base {
  readonly footprints: ReadonlyMap<string, Footprint>;
  readonly databaseConnections: number;
}

/** What the round itself knows, beside what the platform left behind. */
export interface RoundRecord {
  readonly experiment: string;
  readonly seed: number;
  readonly startedMs: number;
  readonly healedMs: number;
  readonly outboxEmptyAfterMs: number | null;
  readonly load: Load;
  readonly others: readonly Accepted[];
  readonly calls: readonly Call[];
  readonly viewers: readonly Viewer[];
  readonly silences: readonly Silence[];
  readonly notes: Readonly<Record<string, number>>;
}

export async function measureBase(platform: FaultPlatform): Promise<Base> {
  const footprints = new Map<string, Footprint>();
  for (const name of serviceNames) {
    const footprint = platform.service(name).footprint();
    if (footprint !== null) footprints.set(name, footprint);
  }
  return { footprints, databaseConnections: await databaseConnections(platform) };
}

/** Reads everything that the invariants look at, once the round has settled. */
export async function collect(
  platform: FaultPlatform,
  clients: readonly FabClient[],
  base: Base,
  round: RoundRecord,
): Promise<Evidence> {
  const accepted = [...round.load.accepted, ...round.others];
  const jobIds = accepted.map((job) => job.jobId);
  const runIds = accepted.flatMap((job) => (job.runId === null ? [] : [job.runId]));
  const [facts, waiting, acks, connections, foreignLooks, listed] = await Promise.all([
    readDatabase(platform, round.startedMs, { jobIds, runIds }),
    outboxWaiting(platform),
    pendingAcks(platform.natsUrl),
    databaseConnections(platform),
    lookAtOthers(clients, accepted),
    listOwn(clients),
  ]);
  return {
    ...facts,
    experiment: round.experiment,
    seed: round.seed,
    startedMs: round.startedMs,
    healedMs: round.healedMs,
    accepted,
    refused: round.load.refused,
    calls: round.calls,
    journals: readJournals(platform.journalsFolder),
    objects: await objectsOf(
      platform,
      new Set([...jobIds, ...runIds]),
      facts.artifacts.map(({ key }) => key),
    ),
    viewers: round.viewers.map((viewer) => viewer.record()),
    silences: round.silences,
    foreignLooks,
    listed,
    outbox: { waiting, emptyAfterMs: round.outboxEmptyAfterMs },
    pendingAcks: acks,
    footprints: footprintsOf(platform, base),
    databaseConnections: { base: base.databaseConnections, now: connections },
    notes: round.notes,
  };
}

function objectsOf(
  platform: FaultPlatform,
  ids: ReadonlySet<string>,
  recorded: readonly string[],
): Promise<ObjectFact[]> | ObjectFact[] {
  return platform.objectServer === null
    ? readObjects(join(platform.objectsFolder, 'objects'), ids)
    : readStore(platform.objectServer.server.store(), ids, recorded);
}

/** What each service costs now, beside what it cost at the start. */
export function footprintsOf(platform: FaultPlatform, base: Base): Evidence['footprints'] {
  return [...base.footprints].flatMap(([service, before]) => {
    const now = platform.service(service).footprint();
    return now === null ? [] : [{ service, base: before, now }];
  });
}

/** Each organisation asks for one job of every other by its id. */
async function lookAtOthers(
  clients: readonly FabClient[],
  accepted: readonly Accepted[],
): Promise<ForeignLook[]> {
  const looks = clients.flatMap((client) =>
    clients
      .filter((other) => other !== client)
      .flatMap((other) => {
        const theirs = accepted.find((job) => job.orgId === other.organisation.orgId);
        if (theirs === undefined) return [];
        const run = theirs.runId === null ? [] : [`/api/${theirs.kind}/runs/${theirs.runId}`];
        return [`/api/jobs/${theirs.jobId}`, ...run].map((path) => ({ client, path }));
      }),
  );
  return Promise.all(
    looks.map(async ({ client, path }) => ({
      orgId: client.organisation.orgId,
      path,
      status: (await client.get(path)).status,
    })),
  );
}

async function listOwn(clients: readonly FabClient[]): Promise<Listed[]> {
  return Promise.all(
    clients.map(async (client) => {
      const runIds: string[] = [];
      for (const process of ['ion', 'rtp']) {
        const page = await client.get(`/api/${process}/runs?limit=100`);
        if (page.status !== 200) throw new Error(`the ${process} runs were answered ${page.status}`);
        for (const run of (page.body['runs'] ?? []) as { run_id: string }[]) runIds.push(run.run_id);
      }
      return { orgId: client.organisation.orgId, runIds };
    }),
  );
}
