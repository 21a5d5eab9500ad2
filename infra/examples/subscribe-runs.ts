import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/**
 * Follows the runs of one organisation. Live (what happens from now on):
 *
 *   NATS_URL=nats://127.0.0.1:4222 NATS_USER=mes NATS_PASSWORD=… ORG_ID=… node infra/examples/subscribe-runs.ts
 *
 * Durable (everything since the last acknowledgement, at least once): add CONSUMER=reader-yield and
 * NATS_INBOX=_INBOX_yield. On a server without accounts, as `./spectra up` starts it, set PREFIX to nothing: `PREFIX=`.
 */
const environment = process.env;
const connection = await connect({
  servers: environment['NATS_URL'] ?? 'nats://127.0.0.1:4222',
  ...(environment['NATS_USER'] === undefined
    ? {}
    : { user: environment['NATS_USER'], pass: environment['NATS_PASSWORD'] ?? '' }),
  ...(environment['NATS_INBOX'] === undefined ? {} : { inboxPrefix: environment['NATS_INBOX'] }),
  maxReconnectAttempts: -1,
});
process.once('SIGINT', () => void connection.close());
const consumer = environment['CONSUMER'];
if (consumer === undefined) await followLive(connection);
else await followDurably(connection, consumer);

async function followLive(nats: NatsConnection): Promise<void> {
  const orgId = environment['ORG_ID'];
  if (orgId === undefined) throw new Error('ORG_ID is not set');
  const prefix = environment['PREFIX'] ?? 'spectra.';
  const messages = nats.subscribe(`${prefix}fab.${orgId}.>`);
  await nats.flush();
  console.log('following');
  for await (const message of messages) tell(message.subject, message.json());
}

async function followDurably(nats: NatsConnection, name: string): Promise<void> {
  const source = await jetstream(nats).consumers.get('RUNS', name);
  console.log('following');
  for await (const message of await source.consume({ max_messages: 100 })) {
    tell(message.subject, message.json());
    // Only after the work is done: what is not acknowledged comes again.
    message.ack();
  }
}

/** The subject ends with the kind; an event names what happened, an alert its alarm, telemetry its newest time. */
function tell(subject: string, message: Record<string, unknown>): void {
  const [runId, kind] = subject.split('.').slice(-2);
  const headline = message['type'] ?? message['message'] ?? { wafer: message['wafer_index'] };
  console.log(`${runId} ${kind}: ${typeof headline === 'string' ? headline : JSON.stringify(headline)}`);
}
