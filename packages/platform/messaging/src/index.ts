export { connectMessaging } from './connect-messaging.ts';
export type { Call, DurableConsumer, Handler, Messaging, Request } from './messaging.ts';
