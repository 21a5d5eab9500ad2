import { parseArgs } from 'node:util';
import { logIn } from './api-client.ts';
import { bench } from './commands/bench.ts';
import { check } from './commands/check.ts';
import { faults } from './commands/faults.ts';
import { logs } from './commands/logs.ts';
import { sbom } from './commands/sbom.ts';
import { status } from './commands/status.ts';
import { test } from './commands/test.ts';
import { up } from './commands/up.ts';
import { runDemo } from './demo.ts';
import { demoReport } from './demo-report.ts';
import { root } from './folders.ts';
import { lives, readState } from './platform-state.ts';
import { demoAccounts } from './secrets.ts';
import { accountOf } from './seed.ts';
import { readLauncherSettings, type LauncherSettings } from './settings.ts';
import { stopPlatform } from './stop-platform.ts';

const usage = `usage: ./spectra <command>

  up [--detach] [--no-demo]   set up what is missing, start, seed, show an implant and its anneal
  down                        stop everything
  status                      what runs
  logs <part> [--follow]      the end of a part's log
  demo [--json]               run the implant and its anneal again
  token [--role <role>] [--organisation demo|neighbour]
                              an access token of a demo user (default: the engineer of demo)
  test [words]                all tests, or those whose path holds a word
  check                       format, lint, types, fences, unused code
  sbom                        what the platform is made of, as CycloneDX
  bench <name> [options]      one benchmark beside its peers; without a name: the list
  faults [--rounds N] [--from N] [--seed S] [--only F3,F5] [--jobs N] [--round N] [--parallel N] [--kept <since>]
         [--other-version <git revision>]
                              breaks the platform on purpose and checks that nothing was lost

Settings are environment variables; README.md lists them. Data: .spectra/data, or SPECTRA_DATA.`;

const words = process.argv.slice(2);
const { values, positionals } = parseArgs({
  // Benchmarks and the fault campaign read their options themselves.
  args: words[0] === 'bench' || words[0] === 'faults' ? words.slice(0, 1) : words,
  allowPositionals: true,
  options: {
    detach: { type: 'boolean', default: false },
    'no-demo': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    follow: { type: 'boolean', default: false },
    role: { type: 'string', default: 'engineer' },
    organisation: { type: 'string', default: 'demo' },
    help: { type: 'boolean', default: false },
  },
});
const [command, ...rest] = positionals;

try {
  process.exitCode = (await run(values.help ? 'help' : command)) ? 0 : 1;
} catch (error) {
  console.error(`spectra: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** Runs one command; answers whether it succeeded. */
async function run(name: string | undefined): Promise<boolean> {
  if (name === 'test') return test(rest);
  if (name === 'check') return check();
  if (name === 'sbom') return sbom();
  if (name === 'bench') return bench(words.slice(1));
  if (name === 'faults') return faults(words.slice(1));
  if (name === 'help' || name === undefined) {
    console.log(usage);
    return name === 'help';
  }
  const settings = readLauncherSettings(process.env, root);
  switch (name) {
    case 'up':
      await up(settings, { detach: values.detach, demo: !values['no-demo'] });
      return true;
    case 'down':
      console.log((await stopPlatform(settings.dataFolder)) ? 'stopped' : 'nothing ran');
      return true;
    case 'status':
      return status(settings);
    case 'logs':
      await logs(settings, rest[0], values.follow);
      return true;
    case 'demo':
      await demo(settings);
      return true;
    case 'token':
      await token(settings);
      return true;
    default:
      console.error(`spectra: there is no command "${name}"\n\n${usage}`);
      return false;
  }
}

async function demo(settings: LauncherSettings): Promise<void> {
  const gatewayUrl = runningGateway(settings);
  const accounts = demoAccounts(settings.dataFolder);
  const result = await runDemo({ gatewayUrl, accounts, terminal: process.stderr });
  console.log(values.json ? JSON.stringify(result, null, 2) : demoReport(result, gatewayUrl));
}

async function token(settings: LauncherSettings): Promise<void> {
  const account = accountOf(demoAccounts(settings.dataFolder, values.organisation), values.role);
  const client = await logIn(runningGateway(settings), account);
  console.log(client.accessToken);
}

function runningGateway(settings: LauncherSettings): string {
  const state = readState(settings.dataFolder);
  if (state === undefined || !lives(state.units['gateway']?.process)) {
    throw new Error('the platform does not run; start it with ./spectra up');
  }
  return state.gatewayUrl;
}
