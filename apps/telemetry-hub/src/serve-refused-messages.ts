import type { Messaging } from '@spectra/messaging';
import {
  accept,
  refuse,
  telemetryRpc,
  type Caller,
  type RefusedMessage,
  type Result,
} from '@spectra/schemas';
import type { Part } from '@spectra/service-kit';
import type { RefusedMessages } from './store/refused-messages.ts';

/** Answers which messages of an organisation were refused, and sends one again. */
export function serveRefusedMessages(messaging: Messaging, refused: RefusedMessages): Part {
  let stops: (() => Promise<void>)[] = [];
  return {
    name: 'refused-messages',
    async start() {
      stops = [
        messaging.serve('telemetry', telemetryRpc.listRefused, ({ caller, body }) =>
          listed(refused, caller, body),
        ),
        messaging.serve('telemetry', telemetryRpc.redriveRefused, ({ caller, body }) =>
          redriven({ messaging, refused }, caller, body.refused_id),
        ),
      ];
    },
    async stop() {
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}

async function listed(
  refused: RefusedMessages,
  caller: Caller | undefined,
  page: { limit: number; offset: number },
): Promise<Result<{ items: RefusedMessage[]; total: number }>> {
  if (caller === undefined) return refuse('unauthenticated', 'Refused messages are told to a caller only');
  return accept(await refused.list(caller.orgId, page));
}

/** The message goes through the same door again: what is still wrong with it is refused again, and told. */
async function redriven(
  { messaging, refused }: { messaging: Messaging; refused: RefusedMessages },
  caller: Caller | undefined,
  refusedId: string,
): Promise<Result<{ refused_id: string; message_id: string }>> {
  if (caller === undefined) return refuse('unauthenticated', 'Only a caller may send a message again');
  const taken = await refused.takeForRedrive(caller.orgId, refusedId);
  if (taken === null) return refuse('not_found', 'There is no such refused message');
  await messaging.publish(taken.subject, taken.payload, { messageId: taken.messageId });
  return accept({ refused_id: refusedId, message_id: taken.messageId });
}
