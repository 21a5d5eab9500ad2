import { describe, expect, it } from 'vitest';
import { fieldErrors } from './field-errors.ts';
import { createToolJobSchema } from './tool-jobs-rpc.ts';
import { estimateToolS, toolEntry, toolNames } from './tools.ts';

describe('the registry of tools', () => {
  it('shows an example of each tool that the tool accepts, with an estimate within its time', () => {
    for (const name of toolNames) {
      const { params, example, timeoutS } = toolEntry(name);
      const parsed = params.safeParse(example);
      expect(parsed.success, name).toBe(true);
      const estimateS = estimateToolS(name, parsed.data);
      expect(estimateS, name).toBeGreaterThan(0);
      expect(estimateS, name).toBeLessThan(timeoutS);
    }
  });

  it('asks for a permission and names a queue, whatever the tool', () => {
    for (const name of toolNames) {
      const { permissions, queue, compensation } = toolEntry(name);
      expect(permissions.length, name).toBeGreaterThan(0);
      expect(queue).toMatch(/^[a-z]+-tools$/);
      expect(compensation.length).toBeGreaterThan(3);
    }
  });

  it('answers at once only what it expects to take less than 5 s', () => {
    for (const name of toolNames.filter((tool) => toolEntry(tool).mode === 'immediate')) {
      expect(estimateToolS(name, toolEntry(name).params.parse(toolEntry(name).example))).toBeLessThan(5);
    }
  });
});

describe('a request for a job', () => {
  it('fills in what was left out', () => {
    expect(createToolJobSchema.parse({ tool: 'ping', params: {} })).toEqual({
      tool: 'ping',
      params: {},
      ttl_hours: 24,
      priority: 0,
    });
  });

  it('names the tools there are when it asks for another', () => {
    const input = { tool: 'ion.teleport', params: {} };
    const parsed = createToolJobSchema.safeParse(input);
    if (parsed.success) throw new Error('accepted');
    expect(fieldErrors(parsed.error, input)).toMatchObject([
      { path: 'tool', value: 'ion.teleport', limit: { one_of: toolNames } },
    ]);
  });

  it.each([
    [{ tool: 'ping', params: {}, ttl_hours: 169 }, 'ttl_hours', { maximum: 168 }],
    [{ tool: 'ping', params: {}, ttl_hours: 0 }, 'ttl_hours', { minimum: 1 }],
    [{ tool: 'ping', params: {}, priority: 11 }, 'priority', { maximum: 10 }],
    [
      { tool: 'ion.monte_carlo', params: { species: 'B', energy_kev: 201 } },
      'params.energy_kev',
      { maximum: 200 },
    ],
    [{ tool: 'ping', params: { extra: 1 } }, 'params.extra', undefined],
  ])('%j is refused at %s', (input, path, limit) => {
    const parsed = createToolJobSchema.safeParse(input);
    if (parsed.success) throw new Error('accepted');
    const [fault] = fieldErrors(parsed.error, input);
    expect(fault?.path).toBe(path);
    expect(fault?.limit).toEqual(limit);
  });
});
