import { parseRunSubject, runSubject, streamMessageTypeSchema } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { testRun } from '../test/messages.ts';
import { asyncApiDocument } from './async-api.ts';

type Json = { [key: string]: Json };
const document = asyncApiDocument('1.2.3') as Json;

/** What should be a text there. */
function textAt(value: Json | undefined, name: string): string {
  const text: unknown = value?.[name];
  if (typeof text !== 'string') throw new Error(`${name} is no text`);
  return text;
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  );
}

function resolve(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, part) => (value as Json | undefined)?.[part], document);
}

describe('AsyncAPI document', () => {
  it('has the parts that version 3 requires, and survives JSON', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document['asyncapi']).toBe('3.0.0');
    expect(document['info']).toMatchObject({ title: 'SPECTRA streams', version: '1.2.3' });
    for (const operation of Object.values(document['operations'] ?? {})) {
      expect(operation['action']).toBe('receive');
      const channel = resolve(textAt(operation['channel'], '$ref')) as Json;
      expect(channel).toHaveProperty('address');
    }
  });

  it('refers only to what it holds', () => {
    const references = referencesIn(document);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) expect(resolve(reference), reference).toBeDefined();
  });

  it('names the parameters of each address, and the subjects that are really used', () => {
    for (const channel of Object.values(document['channels'] ?? {})) {
      const named = [...textAt(channel, 'address').matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(channel['parameters'] ?? {})).toEqual(named);
    }
    for (const kind of ['event', 'telemetry', 'alert'] as const) {
      const address = textAt(document['channels']?.[`run_${kind}`], 'address');
      const subject = address
        .replace('{org}', testRun.orgId)
        .replace('{process}', testRun.process)
        .replace('{run_id}', testRun.runId);
      expect(subject).toBe(runSubject(testRun, kind));
      expect(parseRunSubject(subject)?.kind).toBe(kind);
    }
  });

  it('describes every message of a run’s stream by its schema', () => {
    for (const type of streamMessageTypeSchema.options) {
      const payload = document['components']?.['messages']?.[`stream_${type}`]?.['payload'];
      expect(payload).toMatchObject({ type: 'object', properties: { seq: { type: 'integer' } } });
    }
  });
});
