import type { CostRates } from '@spectra/schemas';
import { array, assert, constantFrom, double, integer, option, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { priceOf, sumCosts, totalCosts, type CostPart, type Quantities } from './price.ts';

const rates: CostRates = {
  currency: 'EUR',
  tool_hour: 100,
  equipment_hour: { 'IMP-1': 300 },
  compute_hour: 3.6,
  run: 5,
  wafer: 2,
  gas_standard_litre: 0.01,
  energy_kwh: 0.25,
};
const amount = double({ min: 0, max: 1000, noNaN: true });
const quantities = record<Quantities>({
  tool_hours: amount,
  compute_seconds: amount,
  runs: integer({ min: 0, max: 5 }),
  wafers: integer({ min: 0, max: 25 }),
  gas_standard_litres: option(amount, { nil: null }),
  energy_kwh: option(amount, { nil: null }),
});
const parts = array(
  record<CostPart>({
    group: constantFrom({ process: 'a' }, { process: 'b' }, { process: null }),
    entries: integer({ min: 1, max: 9 }),
    equipmentId: constantFrom('IMP-1', 'RTP-1', null),
    rates: constantFrom(rates, { ...rates, currency: 'USD' }, null),
    quantities,
  }),
  { maxLength: 20 },
);

/** Worked by hand: 0.5 h × 300 + 1000 s × 3.6 / 3600 + 5 + 25 × 2 + 200 × 0.01 + 4 × 0.25 = 209. */
test('a price is the sum of what each unit costs, on the equipment that was used', () => {
  const took = {
    tool_hours: 0.5,
    compute_seconds: 1000,
    runs: 1,
    wafers: 25,
    gas_standard_litres: 200,
    energy_kwh: 4,
  };
  expect(priceOf(took, 'IMP-1', rates)).toBeCloseTo(209, 9);
  expect(priceOf(took, 'RTP-1', rates)).toBeCloseTo(109, 9);
});

test('what is taken away again costs nothing in the end', () => {
  assert(
    property(quantities, (took) => {
      const back = Object.fromEntries(
        Object.entries(took).map(([name, value]) => [name, value === null ? null : -value]),
      );
      const left = priceOf(took, null, rates) + priceOf(back as Quantities, null, rates);
      expect(left).toBeCloseTo(0, 6);
    }),
  );
});

test('however entries are grouped, the groups add up to the total', () => {
  assert(
    property(parts, (all) => {
      const total = totalCosts(all);
      const groups = sumCosts(all);
      for (const name of ['entries', 'tool_hours', 'compute_seconds', 'runs', 'wafers'] as const) {
        expect(groups.reduce((sum, one) => sum + one[name], 0)).toBeCloseTo(total[name], 6);
      }
      for (const currency of ['EUR', 'USD']) {
        const sum = groups.reduce((sum, one) => sum + (one.amounts[currency] ?? 0), 0);
        expect(sum).toBeCloseTo(total.amounts[currency] ?? 0, 5);
      }
      expect(new Set(groups.map((one) => JSON.stringify(one.group))).size).toBe(groups.length);
    }),
  );
});
