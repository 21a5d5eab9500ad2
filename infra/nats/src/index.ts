export { ensureReaderConsumer } from './ensure-reader-consumer.ts';
export { natsAccess, natsAccessSchema, type NatsAccess, type Reader } from './nats-access.ts';
