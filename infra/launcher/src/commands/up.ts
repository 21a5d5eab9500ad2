import { filesOf } from '../folders.ts';
import { lives, readState } from '../platform-state.ts';
import { runDemo } from '../demo.ts';
import { demoReport } from '../demo-report.ts';
import { demoAccounts } from '../secrets.ts';
import { seedDemo } from '../seed.ts';
import type { LauncherSettings } from '../settings.ts';
import { startPlatform } from '../start-platform.ts';
import { stopPlatform } from '../stop-platform.ts';

const watchMs = 1_000;

/** `spectra up`: starts, seeds, shows the demo, says where everything is; stays until Ctrl-C unless detached. */
export async function up(
  settings: LauncherSettings,
  options: { detach: boolean; demo: boolean },
): Promise<void> {
  const startedMs = performance.now();
  const say = (line: string) => console.error(`spectra: ${line}`);
  const state = await startPlatform(settings, say);
  const accounts = demoAccounts(settings.dataFolder);
  await seedDemo(state.gatewayUrl, accounts);
  say(`ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  if (options.demo) {
    const result = await runDemo({ gatewayUrl: state.gatewayUrl, accounts, terminal: process.stderr });
    console.log(demoReport(result, state.gatewayUrl));
  }
  console.log(welcome(settings, state.gatewayUrl));
  if (!options.detach) await untilStopped(settings.dataFolder, say);
}

function welcome(settings: LauncherSettings, gatewayUrl: string): string {
  const accounts = demoAccounts(settings.dataFolder);
  const logins = accounts.users.map(
    ({ role, email, password }) => `  ${role.padEnd(10)} ${email.padEnd(24)} ${password}`,
  );
  return [
    '',
    `API        ${gatewayUrl}          readable documentation: ${gatewayUrl}/docs`,
    `Logins     (development only, kept in ${filesOf(settings.dataFolder).accounts})`,
    ...logins,
    '',
    `A token:   TOKEN=$(./spectra token --role engineer)     of another organisation: add --organisation neighbour`,
    `Try:       curl -H "authorization: Bearer $TOKEN" ${gatewayUrl}/api/ion/runs`,
    'More:      ./spectra status | logs <service> | demo | down',
    '',
  ].join('\n');
}

/** Ctrl-C stops the platform; when somebody else stopped it, this ends too. */
async function untilStopped(dataFolder: string, say: (line: string) => void): Promise<void> {
  say('press Ctrl-C to stop');
  await new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      const state = readState(dataFolder);
      if (state === undefined || (state.stopping && !lives(state.supervisor))) finish();
    }, watchMs);
    const finish = () => {
      clearInterval(watch);
      resolve();
    };
    process.once('SIGINT', finish);
    process.once('SIGTERM', finish);
  });
  say('stopping');
  await stopPlatform(dataFolder);
}
