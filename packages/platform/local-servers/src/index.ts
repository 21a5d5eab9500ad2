export { freePort } from './free-port.ts';
export { natsVersion, startNats, type NatsServer } from './start-nats.ts';
export { startPostgres, type PostgresServer } from './start-postgres.ts';
export {
  askTestServer,
  natsProgramForTests,
  offerTestServers,
  startTestNats,
  type TestServerKind,
  type TestServers,
} from './test-servers.ts';
