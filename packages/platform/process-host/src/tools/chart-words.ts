import { refuse } from '@spectra/schemas';
import type { Result, SpcDesignResult } from '@spectra/schemas';
import type { RunLength, RunLengths } from '@spectra/spc';

/** A refusal of a chart; its field is found from how the refusal of the domain begins. */
export function chartFault(detail: string): Result<never> {
  return refuse('validation_failed', detail, [{ path: fieldOf(detail), message: detail }]);
}

function fieldOf(detail: string): string {
  const entry = /^(?:data|counts|subgroup)[ [](\d+)/.exec(detail)?.[1];
  if (entry !== undefined) return `params.data.${entry}`;
  if (detail.startsWith('sizes')) return 'params.sizes';
  if (/^(the lower spec|spec limits|sigmaWithin)/.test(detail)) return 'params.spec_limits';
  const setting = /^([a-z]+[A-Z]\w*|weight|components) is /.exec(detail)?.[1];
  return setting === undefined ? 'params.data' : `params.params.${inSnakeCase(setting)}`;
}

/** The same object without the fields that are not there. */
export function given<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

/** Run lengths in the words of the wire; what does not belong to the chart is left out. */
export function wiredRunLengths(found: RunLengths): SpcDesignResult['run_lengths'] {
  const { asymptoticLimits, exactLimits, oneSided, fromZero, headStart } = found;
  return {
    shift_sigma: found.shiftSigma,
    ...pair(found),
    ...given({
      asymptotic_limits: asymptoticLimits && pair(asymptoticLimits),
      exact_limits: exactLimits && pair(exactLimits),
      one_sided: oneSided && pair(oneSided),
      from_zero: fromZero && pair(fromZero),
      head_start: headStart && { head_start_sigma: headStart.headStartSigma, ...pair(headStart) },
    }),
  };
}

function pair({ onTarget, shifted }: RunLength) {
  return { on_target: onTarget, shifted };
}

/** `outsidePpm` becomes `outside_ppm`. */
export function inWireNames<Value>(fields: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [inSnakeCase(name), value]));
}

function inSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
