import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '@spectra/service-kit';
import { callService, type CallGroups } from './call-service.ts';
import { ensureConsumer, ensureStreams } from './ensure-streams.ts';
import type { Messaging } from './messaging.ts';
import { publishDurably } from './publish-durably.ts';
import { serveContract } from './serve-contract.ts';

const pingIntervalMsDefault = 5_000;

/**
 * Connects a service to NATS. While the server is away at the start it waits; later losses are healed in
 * the background for ever, and `isConnected` tells the readiness probe.
 */
export async function connectMessaging(options: {
  url: string;
  /** Shown in the server's connection list. */
  name: string;
  logger: Logger;
  /** Whether what a handler threw only says that something behind it is away: told so, and not as a fault. */
  isAway?: (fault: unknown) => boolean;
  /** A line on which nothing comes back counts as lost after two of these. */
  pingIntervalMs?: number;
}): Promise<Messaging> {
  const { logger, isAway = () => false } = options;
  const connection = await connect({
    servers: options.url,
    name: options.name,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: options.pingIntervalMs ?? pingIntervalMsDefault,
    // One unanswered ping at the time of the next: a half-open line is noticed within two intervals.
    maxPingOut: 1,
    // Addresses that a cluster behind a forwarder gossips are of no use here.
    ignoreClusterUpdates: true,
    // A stack trace for each request costs more than the request.
    noAsyncTraces: true,
  });
  let connected = true;
  void followStatus(connection, logger, (now) => {
    connected = now;
  });
  const streamClient = jetstream(connection);
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const groups: CallGroups = new Map();
  let closing: Promise<void> | undefined;
  return {
    connection,
    jetstream: streamClient,
    manager,
    call: (service, contract, request) =>
      callService({ connection, groups, logger, service, contract }, request),
    serve: (service, contract, handler) =>
      serveContract({ connection, logger, isAway, service, contract }, handler),
    publish: (subject, payload, { messageId }) =>
      publishDurably(streamClient, { subject, payload, messageId }),
    ensureStreams: () => ensureStreams(manager),
    ensureConsumer: (consumer) => ensureConsumer(manager, consumer),
    isConnected: () => connected && !connection.isClosed(),
    close: () => {
      closing ??= drainOrClose(connection);
      return closing;
    },
  };
}

async function followStatus(
  connection: NatsConnection,
  logger: Logger,
  tell: (connected: boolean) => void,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') {
      tell(false);
      logger.warn('the connection to NATS was lost; reconnecting');
    } else if (status.type === 'reconnect') {
      tell(true);
      logger.info('connected to NATS again');
    } else if (status.type === 'error') {
      logger.warn({ err: status.error }, 'NATS reported an error');
    }
  }
}

async function drainOrClose(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  try {
    await connection.drain();
  } catch {
    // Without a server there is nothing to drain into.
    await connection.close();
  }
}
