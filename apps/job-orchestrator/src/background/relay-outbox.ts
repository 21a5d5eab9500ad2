import { runPrepared, type Transaction } from '@spectra/database';
import type { Foundation } from '../context.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';

type Message = { sequence: number; messageId: string; subject: string; payload: string };

const batchMax = 500;

/** One relay at a time over all instances keeps the messages of a run in order. */
const relayLock = 7_301_003;

/**
 * Publishes what committed transactions left in the outbox, in the order of each subject, under the row's
 * own id, and marks it. A crash between the two publishes again under the same id, and the stream drops the
 * repeat. While NATS is away nothing is lost: the rows wait.
 */
export function createRelay(foundation: Foundation): WakeLoop {
  const { database, messaging, clock, logger, settings } = foundation;
  const loop = createWakeLoop({
    clock,
    pollMs: settings.pollMs,
    round: async () => {
      if (!messaging.isConnected()) return;
      const { read, sent } = await database.withSystem((tx) => relayBatch(tx, foundation));
      // More may wait behind a full batch; after a failure the poll tries again.
      if (read === batchMax && sent === read) loop.wake();
    },
    onError: (error) => logger.error({ err: error }, 'the outbox relay failed; it tries again'),
  });
  return loop;
}

const lockStatement = {
  name: 'lock-relay',
  text: `select pg_try_advisory_xact_lock(${relayLock}) as mine`,
};
const waitingStatement = {
  name: 'waiting-messages',
  text: `select sequence::float8 as sequence, message_id as "messageId", subject, payload
    from outbox where published_at is null order by sequence limit ${batchMax}`,
};
const publishedStatement = {
  name: 'messages-published',
  text: 'update outbox set published_at = clock_timestamp() where sequence = any($1::bigint[])',
};

async function relayBatch(
  tx: Transaction,
  { messaging, logger }: Foundation,
): Promise<{ read: number; sent: number }> {
  // Sent together, done in this order: what is read is what nobody else publishes any more.
  const [[lock], messages] = await Promise.all([
    runPrepared<{ mine: boolean }>(tx, lockStatement, []),
    runPrepared<Message>(tx, waitingStatement, []),
  ]);
  if (lock?.mine !== true || messages.length === 0) return { read: 0, sent: 0 };
  const { sent, failure } = await publishInOrder(messages, (message) =>
    messaging.publish(message.subject, message.payload, { messageId: message.messageId }),
  );
  if (failure !== null) {
    logger.warn({ err: failure.cause, sent: sent.length }, 'some messages could not be published yet');
  }
  if (sent.length > 0) {
    await runPrepared(tx, publishedStatement, [sent]);
  }
  return { read: messages.length, sent: sent.length };
}

/**
 * Publishes different subjects side by side and each subject one after the other, so that a message that has
 * to be sent again is never overtaken by its successor. The first failure starts no further message.
 */
async function publishInOrder(
  messages: readonly Message[],
  publish: (message: Message) => Promise<unknown>,
): Promise<{ sent: number[]; failure: { cause: unknown } | null }> {
  const result: { sent: number[]; failure: { cause: unknown } | null } = { sent: [], failure: null };
  const publishSubject = async (queue: readonly Message[]): Promise<void> => {
    for (const message of queue) {
      if (result.failure !== null) return;
      try {
        await publish(message);
        result.sent.push(message.sequence);
      } catch (cause) {
        result.failure ??= { cause };
      }
    }
  };
  const bySubject = Map.groupBy(messages, (message) => message.subject);
  await Promise.all([...bySubject.values()].map(publishSubject));
  return result;
}
