import type { z } from 'zod';
import { accept } from '@spectra/schemas';
import type { Result, playbookSchema } from '@spectra/schemas';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import type { Asked, ServiceContext } from '../service-context.ts';

type Playbook = z.input<typeof playbookSchema>;

/** What helps against a signal of this process. */
export async function getPlaybook<T extends ProcessTypes>(
  { definition }: ServiceContext<T>,
  { body }: Asked<{ source: string }>,
): Promise<Result<{ playbook: Playbook | null }>> {
  return accept({ playbook: playbookOf(definition, body.source) });
}

/** The playbook of a signal; null when the process has none. */
export function playbookOf<T extends ProcessTypes>(
  { monitoring }: Pick<ProcessDefinition<T>, 'monitoring'>,
  source: string,
): Playbook | null {
  const found = monitoring.playbooks.find((playbook) => playbook.sources.includes(source));
  if (found === undefined) return null;
  return {
    title: found.title,
    causes: found.causes.map(({ cause, checks, actions }) => ({
      cause,
      checks: [...checks],
      actions: [...actions],
    })),
    references: [...found.references],
  };
}
