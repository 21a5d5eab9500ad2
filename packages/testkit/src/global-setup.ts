import { natsProgramForTests, offerTestServers } from '@spectra/local-servers';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests of this run ask for the one Postgres and the one NATS. */
    testServersUrl: string;
    /** The nats-server program, for tests that need a server of their own. */
    natsProgram: string;
  }
}

/** vitest calls this once before a run; the answer is called once after it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const natsProgram = natsProgramForTests(process.env);
  const databaseUrl = process.env['DATABASE_URL'];
  const servers = await offerTestServers({ databaseUrl, natsProgram });
  project.provide('testServersUrl', servers.brokerUrl);
  project.provide('natsProgram', natsProgram);
  return () => servers.stop();
}
