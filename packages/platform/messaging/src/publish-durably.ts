import type { JetStreamClient } from '@nats-io/jetstream';

const attemptTimeoutMs = 5_000;
const attemptsMax = 3;

/**
 * Publishes to a stream and waits until it is stored. No answer means "unknown", so the same message goes
 * out again under the same id and the stream's dedupe window drops a repeat. Throws after the last attempt.
 */
export async function publishDurably(
  client: JetStreamClient,
  message: { subject: string; payload: unknown; messageId: string },
): Promise<{ duplicate: boolean }> {
  const { subject, payload, messageId } = message;
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const stored = await client.publish(subject, text, { msgID: messageId, timeout: attemptTimeoutMs });
      return { duplicate: stored.duplicate };
    } catch (error) {
      if (attempt >= attemptsMax) throw error;
    }
  }
}
