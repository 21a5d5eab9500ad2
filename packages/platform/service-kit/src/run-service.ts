import type { Logger } from 'pino';
import type { Part } from './part.ts';
import { tracing } from './tracing.ts';

/** After a stop signal a service has this long to finish what it holds. */
const drainLimitMs = 30_000;

/**
 * Starts a service's parts in order and stops them in reverse order on SIGTERM, SIGINT or when a part does
 * not start. A fault that nobody caught is logged and ends the process, so that its supervisor starts it
 * anew from a known state.
 */
export async function runService(options: {
  name: string;
  logger: Logger;
  parts: readonly Part[];
  /** Where spans are exported to; absent: nowhere. */
  tracesEndpoint?: string | undefined;
}): Promise<void> {
  const { logger } = options;
  // First to start and last to stop, so that the others' spans find a way out.
  const parts = [tracing({ service: options.name, endpoint: options.tracesEndpoint }), ...options.parts];
  const started: Part[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (reason: string, exitCode: number): Promise<void> => {
    stopping ??= stopInReverse(started, reason, logger).then((clean) => process.exit(clean ? exitCode : 1));
    return stopping;
  };
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught fault');
    void stop('uncaught fault', 1);
  });
  try {
    for (const part of parts) {
      // Listed before its start: a part that started half still has to be stopped.
      started.push(part);
      await part.start();
      if (stopping !== undefined) return await stopping;
    }
    logger.info({ parts: options.parts.map((part) => part.name) }, `${options.name} started`);
  } catch (error) {
    logger.fatal({ err: error, part: started.at(-1)?.name }, 'a part did not start');
    await stop('start failed', 1);
  }
}

async function stopInReverse(parts: readonly Part[], reason: string, logger: Logger): Promise<boolean> {
  logger.info({ reason }, 'stopping');
  let clean = true;
  const limit = setTimeout(() => {
    logger.fatal({ drainLimitMs }, 'parts did not stop in time');
    process.exit(1);
  }, drainLimitMs);
  for (const part of parts.toReversed()) {
    try {
      await part.stop();
    } catch (error) {
      clean = false;
      logger.error({ err: error, part: part.name }, 'a part did not stop cleanly');
    }
  }
  clearTimeout(limit);
  logger.info('stopped');
  return clean;
}
