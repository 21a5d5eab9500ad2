import type { Messaging } from '@spectra/messaging';
import { countsSubject } from '@spectra/schemas';
import type { CountsBus } from './shared-counts.ts';

/** Counts of one kind over NATS. Nothing is stored: what is lost on the way is not counted elsewhere. */
export function natsCountsBus(
  messaging: Pick<Messaging, 'connection' | 'isConnected'>,
  what: string,
): CountsBus {
  const subject = countsSubject(what);
  return {
    tell(text) {
      if (!messaging.isConnected()) return false;
      messaging.connection.publish(subject, text);
      return true;
    },
    hear(listener) {
      const subscription = messaging.connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) listener(message.string());
        },
      });
      return () => subscription.unsubscribe();
    },
  };
}
