import { expect, it } from 'vitest';
import { checkedKey, runArtifactKey } from './object-key.ts';

it('an artifact of a run has its place under the organisation', () => {
  const key = runArtifactKey({ orgId: 'o', runId: 'r', kind: 'chart', name: 'dose-map.svg' });
  expect(key).toBe('org/o/runs/r/chart/dose-map.svg');
});

it('no part of an artifact key can leave its place', () => {
  const parts = { orgId: 'o', runId: 'r', kind: 'k', name: 'n' };
  for (const part of ['..', '.', '', 'a/b', 'a\\b', 'a\nb']) {
    for (const field of Object.keys(parts)) {
      expect(() => runArtifactKey({ ...parts, [field]: part })).toThrow();
    }
  }
});

it('a key is normalised to NFC and limited in length', () => {
  expect(checkedKey('a/\u0041\u030a')).toBe('a/\u00c5');
  expect(() => checkedKey('\ud800')).toThrow(/well-formed/);
  expect(() => checkedKey(Array.from({ length: 500 }, () => 'ab').join('/'))).toThrow(/900 bytes/);
});
