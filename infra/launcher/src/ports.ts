import { createServer } from 'node:net';
import type { NeededPort } from './settings.ts';

/** Those of the ports that somebody else listens on. */
export async function takenPorts(needed: readonly NeededPort[]): Promise<NeededPort[]> {
  const answers = await Promise.all(needed.map(async (one) => ({ one, free: await isFree(one.port) })));
  return answers.flatMap(({ one, free }) => (free ? [] : [one]));
}

/** Says which port is taken and which setting moves it. */
export function takenPortMessage(taken: readonly NeededPort[]): string {
  const lines = taken.map(
    ({ port, user, setting }) =>
      `  port ${port} for ${user} is taken by another program; choose another with ${setting}=<port>`,
  );
  const [first] = taken;
  const example =
    first === undefined ? '' : `\nFor example: ${first.setting}=${first.port + 1000} ./spectra up`;
  return `The platform cannot start:\n${lines.join('\n')}${example}`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
