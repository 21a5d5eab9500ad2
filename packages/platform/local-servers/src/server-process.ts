import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import type { OsUser } from './unprivileged-user.ts';

const logBytesMax = 20 * 2 ** 20;
const adoptedWatchMs = 250;

/** A server that runs as a child process of this one. */
export type ServerProcess = {
  pid: number;
  /** Resolves when the process ended, however that came. */
  exited: Promise<void>;
  /** Asks it to end and waits; after `limitMs` it is killed. Stopping twice is fine. */
  stop(signal: NodeJS.Signals, limitMs: number): Promise<void>;
  kill(): void;
};

export type ServerCommand = {
  name: string;
  file: string;
  arguments: readonly string[];
  folder: string;
  environment?: NodeJS.ProcessEnv;
  /** Another OS user to run as; only root may set it. */
  user?: OsUser | undefined;
  /** What it prints goes to the end of this file. */
  logFile: string;
};

/** Starts a process; it may end at any time, which `exited` tells. */
export function spawnServer(command: ServerCommand): ServerProcess {
  return serverOf(spawnChild(command));
}

/** Starts a server and answers once it accepts work (`isReady`); throws when it ends or takes too long. */
export async function startServer(
  command: ServerCommand,
  isReady: () => Promise<boolean>,
  limitMs: number,
): Promise<ServerProcess> {
  const child = spawnChild(command);
  const server = serverOf(child);
  const failure = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${command.name} did not start: ${error.message}`)));
    child.once('exit', (code, signal) =>
      reject(new Error(`${command.name} ended at its start (${signal ?? code}); see ${command.logFile}`)),
    );
  });
  failure.catch(() => undefined);
  try {
    await Promise.race([failure, untilReady(command, isReady, limitMs)]);
  } catch (error) {
    server.kill();
    throw error;
  }
  return server;
}

/** A process that somebody else started and that lives on: watched by asking the system for it. */
export function adoptServer(identity: ProcessIdentity): ServerProcess {
  const exited = new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      if (isAlive(identity)) return;
      clearInterval(watch);
      resolve();
    }, adoptedWatchMs);
  });
  const send = (signal: NodeJS.Signals) => {
    if (isAlive(identity)) process.kill(identity.pid, signal);
  };
  return {
    pid: identity.pid,
    exited,
    kill: () => send('SIGKILL'),
    async stop(signal, limitMs) {
      send(signal);
      const timer = setTimeout(() => send('SIGKILL'), limitMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function spawnChild(command: ServerCommand): ChildProcess {
  const log = openSync(rotated(command.logFile), 'a');
  const child = spawn(command.file, command.arguments, {
    cwd: command.folder,
    env: command.environment ?? process.env,
    stdio: ['ignore', log, log],
    // A signal for the terminal's foreground group must not reach servers behind their owner's back.
    detached: true,
    ...(command.user === undefined ? {} : { uid: command.user.uid, gid: command.user.gid }),
  });
  closeSync(log);
  return child;
}

/** A log that grew too long becomes `<name>.1`, in place of the one before. */
function rotated(logFile: string): string {
  if (existsSync(logFile) && statSync(logFile).size > logBytesMax) renameSync(logFile, `${logFile}.1`);
  return logFile;
}

function serverOf(child: ChildProcess): ServerProcess {
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    pid: child.pid ?? -1,
    exited,
    kill: () => void child.kill('SIGKILL'),
    async stop(signal, limitMs) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function untilReady(
  command: ServerCommand,
  isReady: () => Promise<boolean>,
  limitMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await isReady())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`${command.name} was not ready within ${limitMs} ms; see ${command.logFile}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
