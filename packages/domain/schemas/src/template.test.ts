import { assert, constantFrom, double, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillTemplate, templateFaults, templateParametersSchema } from './template.ts';

const parameters = templateParametersSchema.parse({
  dose: { type: 'number', minimum: 1e11, maximum: 1e16, default: 1e15 },
  slot: { type: 'integer', minimum: 1, maximum: 25 },
  species: { type: 'string', one_of: ['B', 'P'], default: 'P' },
  crystalline: { type: 'boolean', default: true },
});
const body = {
  species: '{{species}}',
  dose_atoms_cm2: '{{ dose }}',
  wafers: [{ wafer_id: 'W{{slot}}', slot: '{{slot}}' }],
  comments: '{{species}} at {{dose}}, crystalline: {{crystalline}}',
};
const faultsOf = (answer: ReturnType<typeof fillTemplate>) =>
  answer.ok ? [] : (answer.refusal.errors ?? []);

describe('filling a template', () => {
  it('puts values in their own type where nothing else stands, and writes them out within a text', () => {
    expect(fillTemplate(body, parameters, { slot: 3, dose: 5e14 })).toEqual({
      ok: true,
      value: {
        species: 'P',
        dose_atoms_cm2: 5e14,
        wafers: [{ wafer_id: 'W3', slot: 3 }],
        comments: 'P at 500000000000000, crystalline: true',
      },
    });
  });

  it('names what is unknown, missing, of another type or out of its limits, with value and limit', () => {
    const refused = fillTemplate(body, parameters, {
      dose: 1e17,
      species: 'As',
      twist: 3,
      crystalline: 'yes',
    });
    expect(faultsOf(refused)).toEqual([
      { path: 'parameters.twist', message: expect.any(String), value: 3 },
      { path: 'parameters.dose', message: expect.any(String), value: 1e17, limit: { maximum: 1e16 } },
      { path: 'parameters.slot', message: 'is missing, and has no default' },
      { path: 'parameters.species', message: expect.any(String), value: 'As', limit: { one_of: ['B', 'P'] } },
      { path: 'parameters.crystalline', message: 'must be a boolean', value: 'yes' },
    ]);
  });

  it('takes a number exactly when it lies within its limits', () => {
    assert(
      property(double({ noNaN: true, noDefaultInfinity: true }), (dose) => {
        const inside = dose >= 1e11 && dose <= 1e16;
        expect(fillTemplate(body, parameters, { dose, slot: 1 }).ok).toBe(inside);
      }),
    );
  });

  it('never reads a placeholder out of a value', () => {
    const texts = templateParametersSchema.parse({ a: { type: 'string' }, b: { type: 'string' } });
    assert(
      property(string({ maxLength: 50 }), constantFrom('{{b}}', '{{a}}', 'x'), (left, right) => {
        const answer = fillTemplate({ text: '{{a}}/{{b}}' }, texts, { a: right, b: left });
        expect(answer).toEqual({ ok: true, value: { text: `${right}/${left}` } });
      }),
    );
  });
});

describe('a template by itself', () => {
  it('is at fault when it uses what it does not declare or declares what it does not use', () => {
    const { species, ...rest } = parameters;
    expect(templateFaults(body, { ...rest, unused: { type: 'boolean' } })).toMatchObject([
      { path: 'request.body.comments', value: 'species' },
      { path: 'parameters.unused' },
    ]);
    expect(templateFaults(body, { ...rest, ...(species === undefined ? {} : { species }) })).toEqual([]);
  });

  it('is at fault when its limits exclude each other or their default, or a placeholder is torn', () => {
    const bad = templateParametersSchema.parse({
      dose: { type: 'number', minimum: 2, maximum: 1, default: 3 },
    });
    expect(templateFaults({ dose: '{{dose}}', name: '{{Dose}}' }, bad)).toMatchObject([
      { path: 'request.body.name', value: '{{Dose}}' },
      { path: 'parameters.dose.minimum', value: 2, limit: { maximum: 1 } },
      { path: 'parameters.dose.default', value: 3, limit: { maximum: 1 } },
    ]);
  });
});
