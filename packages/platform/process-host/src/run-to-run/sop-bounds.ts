import type { FieldError, SopContent } from '@spectra/schemas';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';

/** What is wrong with the bounds that a SOP puts on run-to-run control: an unknown loop, or no room for the recipe. */
export function sopBoundErrors<T extends ProcessTypes>(
  definition: Pick<ProcessDefinition<T>, 'runToRun'>,
  { run_to_run: steering }: Pick<SopContent, 'run_to_run'>,
): FieldError[] {
  return Object.entries(steering?.bounds ?? {}).flatMap(([id, { minimum, maximum }]): FieldError[] => {
    const loop = definition.runToRun.find((each) => each.id === id);
    if (!loop) {
      const limit = { one_of: definition.runToRun.map((each) => each.id) };
      return [
        { path: `run_to_run.bounds.${id}`, message: 'is not steered in this process', value: id, limit },
      ];
    }
    const neutral = loop.neutralInput;
    if (minimum <= neutral && neutral <= maximum) return [];
    return [
      {
        path: `run_to_run.bounds.${id}`,
        message: 'must leave room for the recipe as asked',
        value: { minimum, maximum },
        limit: { includes: neutral },
      },
    ];
  });
}
