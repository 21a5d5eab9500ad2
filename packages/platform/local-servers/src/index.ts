export { freePort } from './free-port.ts';
export { natsVersion, startNats, type NatsServer } from './start-nats.ts';
export { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';
export { adoptServer, spawnServer, type ServerCommand, type ServerProcess } from './server-process.ts';
export { postgresFolder, startPostgres, type PostgresServer } from './start-postgres.ts';
export {
  askTestServer,
  natsProgramForTests,
  offerTestServers,
  startTestNats,
  type TestServerKind,
  type TestServers,
} from './test-servers.ts';
