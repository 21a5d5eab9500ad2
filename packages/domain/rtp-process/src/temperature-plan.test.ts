import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rtpRecipeRules } from './recipe.ts';
import { planTemperature, setpointAt } from './temperature-plan.ts';

const CHAMBER = {
  gas: { n2FlowSlm: 10, o2FlowSlm: 0, pressureTorr: 760 },
  emissivity: 0.68,
  waferDiameterMm: 300,
} as const;

const segment = fc.record({
  kind: fc.constant('normal' as const),
  targetC: fc.double({ min: 400, max: 1200, noNaN: true }),
  durationS: fc.double({ min: 0.1, max: 60, noNaN: true }),
  rampCPerS: fc.option(fc.double({ min: 1, max: 50, noNaN: true }), { nil: null }),
});

describe('a planned temperature', () => {
  it('reaches every target in time order, never faster than asked and never outside the temperatures named', () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const plan = planTemperature({ segments, initialC: 25, chamber: CHAMBER });
        expect(plan.timeS.every((timeS, i) => i === 0 || timeS > (plan.timeS[i - 1] ?? 0))).toBe(true);
        plan.segments.forEach((planned, i) => {
          expect(setpointAt(plan, planned.endS).tempC).toBeCloseTo(segments[i]?.targetC ?? NaN, 6);
          expect(planned.endS - planned.startS).toBeGreaterThanOrEqual((segments[i]?.durationS ?? 0) - 1e-9);
        });
        for (let i = 1; i < plan.timeS.length; i += 1) {
          const slope =
            Math.abs((plan.tempC[i] ?? 0) - (plan.tempC[i - 1] ?? 0)) /
            ((plan.timeS[i] ?? 0) - (plan.timeS[i - 1] ?? 0));
          expect(slope).toBeLessThan(100.01);
        }
        const named = [25, ...segments.map((each) => each.targetC)];
        expect(Math.max(...plan.tempC)).toBeLessThanOrEqual(Math.max(...named) + 1e-9);
      }),
    );
  });

  it('tells the published example that 400 °C at 40 °C/s is out of reach, where, and what happens instead', () => {
    const warnings = warningsOf({
      segments: [
        { target_temp_c: 1000, duration_s: 40, ramp_rate_c_s: 40 },
        { target_temp_c: 400, duration_s: 15, ramp_rate_c_s: 40 },
      ],
    });
    const cooling = warnings.find((warning) => warning.code === 'ramp_unreachable');
    expect(cooling?.path).toBe('segments.1.ramp_rate_c_s');
    expect(cooling?.message).toMatch(/below 6[5-9]\d °C.*instead of 15 s/);
  });

  it('says nothing of a recipe that the chamber can do', () => {
    expect(warningsOf({ segments: [{ target_temp_c: 900, duration_s: 30, ramp_rate_c_s: 80 }] })).toEqual([]);
  });

  it('warns of a segment that is too short for its ramp, and of a high thermal budget', () => {
    const codes = (body: object) => warningsOf(body).map((warning) => warning.code);
    expect(codes({ segments: [{ target_temp_c: 800, duration_s: 5, ramp_rate_c_s: 50 }] })).toEqual([
      'segment_prolonged',
    ]);
    expect(codes({ segments: [{ target_temp_c: 1150, duration_s: 200, ramp_rate_c_s: 50 }] })).toEqual([
      'thermal_budget',
    ]);
  });

  it('tells a spike that is faster than the lamps', () => {
    const body = { segments: [{ kind: 'spike', target_temp_c: 1200, duration_s: 6, ramp_rate_c_s: 250 }] };
    expect(warningsOf(body)[0]?.message).toContain('full lamp power');
  });

  it.each([
    [{ target_temp_c: 900, duration_s: 10, ramp_rate_c_s: 501 }, 'segments.0.ramp_rate_c_s'],
    [{ target_temp_c: 900, duration_s: 10, ramp_rate_c_s: 101 }, 'segments.0.ramp_rate_c_s'],
    [{ target_temp_c: 1300, duration_s: 10 }, 'segments.0.target_temp_c'],
  ])('refuses %j at %s', (first, path) => {
    const result = rtpRecipeRules.parse({ segments: [first] });
    expect(!result.ok && result.refusal.errors?.[0]?.path).toBe(path);
  });

  it('refuses to cool faster than the limit, which only the temperature before can tell', () => {
    const result = rtpRecipeRules.parse({
      segments: [
        { target_temp_c: 900, duration_s: 10 },
        { target_temp_c: 500, duration_s: 10, ramp_rate_c_s: 60 },
      ],
    });
    expect(!result.ok && result.refusal.errors?.[0]).toMatchObject({
      path: 'segments.1.ramp_rate_c_s',
      value: 60,
      limit: { maximum: 50 },
    });
  });
});

function warningsOf(body: object) {
  const result = rtpRecipeRules.parse(body);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return rtpRecipeRules.warnings(result.value.recipe);
}
