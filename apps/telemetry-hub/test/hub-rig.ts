import { connectMessaging, type Messaging } from '@spectra/messaging';
import {
  accept,
  jobsRpc,
  processRpc,
  refuse,
  runSubject,
  type Alert,
  type RunEvent,
  type RunRecord,
  type TelemetryMessage,
} from '@spectra/schemas';
import { createMetrics, systemClock } from '@spectra/service-kit';
import { ownNats, silentLogger, testDatabase } from '@spectra/testkit';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createHub } from '../src/hub.ts';
import type { RunAddress, RunMessage } from '../src/stream/run-stream.ts';
import { alertMessage, eventMessage, telemetryMessage } from './messages.ts';
import { recordOf } from './records.ts';
import { testTokens } from './test-tokens.ts';

export const allowedOrigin = 'http://fab.example';

/** A NATS server, a database, a stand-in for the orchestrator, and hubs that can be started and stopped. */
export async function hubRig() {
  const nats = await ownNats();
  const database = await testDatabase([
    { schema: 'telemetry', migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url)) },
  ]);
  const tokens = testTokens(() => Date.now());
  const messaging = await connectMessaging({ url: nats.url, name: 'rig', logger: silentLogger() });
  await messaging.ensureStreams();
  const runs = new Map<string, RunRecord>();
  serveOthers(messaging, runs);
  const closers: (() => Promise<void>)[] = [];

  return {
    nats,
    database,
    tokens,
    messaging,
    runs,
    /** A hub in this process; `stop` ends it in order. */
    async startHub(settings: { acceptsQueryToken?: boolean } = {}) {
      const hubMessaging = await connectMessaging({ url: nats.url, name: 'hub', logger: silentLogger() });
      const hub = await createHub({
        settings: {
          HTTP_HOST: '127.0.0.1',
          HTTP_PORT: 0,
          ALLOWED_ORIGINS: [allowedOrigin],
          STREAM_QUERY_TOKEN: settings.acceptsQueryToken ?? false,
          STREAM_RETENTION_DAYS: 30,
          VIEWERS_MAX: 1000,
          VIEWERS_PER_USER_MAX: 100,
        },
        database: database.open('telemetry'),
        messaging: hubMessaging,
        tokenKeys: tokens.keys,
        clock: systemClock,
        logger: silentLogger(),
        registry: createMetrics(),
        version: '0.0.0',
      });
      for (const part of hub.parts) await part.start();
      const stop = async () => {
        for (const part of hub.parts.toReversed()) await part.stop();
        await hubMessaging.close();
      };
      closers.push(stop);
      return { url: hub.address(), stop, ingest: hub.ingest };
    },
    /** A new run of the organisation, known to the orchestrator. */
    newRun(orgId: string = randomUUID()): RunAddress {
      const run = { orgId, process: 'ion', runId: `ION-20260101-${randomUUID().slice(0, 8).toUpperCase()}` };
      runs.set(run.runId, recordOf(run));
      return run;
    },
    publish: (message: RunMessage) => publish(messaging, message),
    async close() {
      await Promise.all(closers.map((stop) => stop()));
      await messaging.close();
      await database.close();
      await nats.close();
    },
  };
}
export type HubRig = Awaited<ReturnType<typeof hubRig>>;

/** Publishes a run's whole short life: started, telemetry, an alert, completed; answers how many messages. */
export async function publishLife(rig: HubRig, run: RunAddress, batches: number): Promise<number> {
  await rig.publish(eventMessage({ run, messageId: `${run.runId}:start`, type: 'spectra.run.started' }));
  await publishBatches(
    rig,
    run,
    Array.from({ length: batches }, (_, index) => index + 1),
  );
  await rig.publish(alertMessage({ run, messageId: `${run.runId}:alert` }));
  await rig.publish(eventMessage({ run, messageId: `${run.runId}:end`, type: 'spectra.run.completed' }));
  return batches + 3;
}

/** Publishes these batches of a run's telemetry, one after the other. */
export async function publishBatches(
  rig: HubRig,
  run: RunAddress,
  batches: readonly number[],
): Promise<void> {
  for (const batch of batches) {
    await rig.publish(telemetryMessage({ run, messageId: `${run.runId}:t${batch}`, batch }));
  }
}

async function publish(messaging: Messaging, message: RunMessage): Promise<void> {
  const { payload, messageId } = message;
  await messaging.publish(runSubject(message, payload.kind), bodyOf(payload), { messageId });
}

/** What travels on the subject. */
export function bodyOf(payload: RunMessage['payload']): RunEvent | TelemetryMessage | Alert {
  switch (payload.kind) {
    case 'event':
      return payload.event;
    case 'telemetry':
      return payload.message;
    case 'alert':
      return payload.alert;
  }
}

function serveOthers(messaging: Messaging, runs: ReadonlyMap<string, RunRecord>): void {
  messaging.serve('jobs', jobsRpc.getRun, async ({ caller, body }) => {
    const run = runs.get(body.run_id);
    if (run === undefined || run.org_id !== caller?.orgId)
      return refuse('not_found', 'There is no such run.');
    return accept(run);
  });
  const beam = {
    id: 'beam_current_ma',
    name: 'Beam current',
    unit: 'mA',
    precision: 2,
    period_s: 0.1,
    high: 50,
  };
  messaging.serve('ion', processRpc.describe, async () =>
    accept({
      process: 'ion',
      title: 'Implant',
      equipment_type: 'implanter',
      channels: [beam],
      calibration_types: [],
      fault_kinds: [],
    }),
  );
}
