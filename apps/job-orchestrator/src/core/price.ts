import type { CostRates, CostSum } from '@spectra/schemas';

/** Quantities of one or many ended attempts on one equipment; null: not known for any of them. */
export type Quantities = Pick<
  CostSum,
  'tool_hours' | 'compute_seconds' | 'runs' | 'wafers' | 'gas_standard_litres' | 'energy_kwh'
>;

/** What attempts took that share a group, an equipment and the version of the rates that counted at their end. */
export type CostPart = {
  group: Readonly<Record<string, string | null>>;
  entries: number;
  equipmentId: string | null;
  /** Null: they ended before there were rates. */
  rates: CostRates | null;
  quantities: Quantities;
};

/**
 * What quantities cost: tool hours at the rate of the equipment, or else at the common one, compute hours, runs,
 * wafers, gas and energy at theirs. Linear in the quantities, so that a correction of minus what was counted leaves
 * nothing.
 */
export function priceOf(quantities: Quantities, equipmentId: string | null, rates: CostRates): number {
  const perToolHour =
    (equipmentId === null ? undefined : rates.equipment_hour[equipmentId]) ?? rates.tool_hour;
  return (
    quantities.tool_hours * perToolHour +
    (quantities.compute_seconds / 3600) * rates.compute_hour +
    quantities.runs * rates.run +
    quantities.wafers * rates.wafer +
    (quantities.gas_standard_litres ?? 0) * rates.gas_standard_litre +
    (quantities.energy_kwh ?? 0) * rates.energy_kwh
  );
}

/** Adds parts up group by group, in the order in which the groups first occur. */
export function sumCosts(parts: readonly CostPart[]): CostSum[] {
  const sums = new Map<string, CostSum>();
  for (const part of parts) {
    const key = JSON.stringify(part.group);
    sums.set(key, withPart(sums.get(key) ?? nothing(part.group), part));
  }
  return [...sums.values()];
}

/** Everything in one sum. */
export function totalCosts(parts: readonly CostPart[]): CostSum {
  return parts.reduce(withPart, nothing({}));
}

function nothing(group: Readonly<Record<string, string | null>>): CostSum {
  const none = { tool_hours: 0, compute_seconds: 0, runs: 0, wafers: 0 };
  return {
    group: { ...group },
    entries: 0,
    ...none,
    gas_standard_litres: null,
    energy_kwh: null,
    amounts: {},
  };
}

function withPart(sum: CostSum, { entries, equipmentId, rates, quantities }: CostPart): CostSum {
  const amounts = { ...sum.amounts };
  if (rates !== null) {
    amounts[rates.currency] = (amounts[rates.currency] ?? 0) + priceOf(quantities, equipmentId, rates);
  }
  return {
    group: sum.group,
    entries: sum.entries + entries,
    tool_hours: sum.tool_hours + quantities.tool_hours,
    compute_seconds: sum.compute_seconds + quantities.compute_seconds,
    runs: sum.runs + quantities.runs,
    wafers: sum.wafers + quantities.wafers,
    gas_standard_litres: plus(sum.gas_standard_litres, quantities.gas_standard_litres),
    energy_kwh: plus(sum.energy_kwh, quantities.energy_kwh),
    amounts,
  };
}

/** What is not known adds nothing, and nothing known stays not known. */
function plus(left: number | null, right: number | null): number | null {
  return left === null ? right : left + (right ?? 0);
}
