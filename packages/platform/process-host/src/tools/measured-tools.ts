import { Counter, Histogram, systemClock, type Clock, type Registry } from '@spectra/service-kit';
import type { ServiceTool } from './service-tool.ts';

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 5, 10, 60, 600, 1800];

/** The same tools with their calls counted and timed: those answered at once and those of jobs. */
export function measuredTools(
  tools: readonly ServiceTool[],
  registry: Registry,
  clock: Pick<Clock, 'monotonicMs'> = systemClock,
): readonly ServiceTool[] {
  const calls = new Counter({
    name: 'spectra_tool_calls_total',
    help: 'Calls of tools by how they ended',
    labelNames: ['tool', 'end'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'spectra_tool_call_seconds',
    help: 'Duration of a call of a tool',
    labelNames: ['tool'],
    buckets,
    registers: [registry],
  });
  return tools.map((tool) => ({
    name: tool.name,
    run: async (call, work) => {
      const startedMs = clock.monotonicMs();
      let end = 'failed';
      try {
        const result = await tool.run(call, work);
        end = result.ok ? 'answered' : 'refused';
        return result;
      } finally {
        calls.inc({ tool: tool.name, end: work.signal.aborted ? 'stopped' : end });
        duration.observe({ tool: tool.name }, (clock.monotonicMs() - startedMs) / 1000);
      }
    },
  }));
}
