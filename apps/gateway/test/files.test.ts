import { keyOfUri } from '@spectra/object-store';
import type { Artifact } from '@spectra/schemas';
import { manualClock } from '@spectra/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

/** Signed addresses end by the machine's own time; this clock begins there and is then moved by hand. */
const clock = manualClock(Date.now());
let fixture: GatewayFixture;
let engineer: string;
let runId: string;
let artifact: Artifact;
const content = '0123456789';

beforeAll(async () => {
  fixture = await gatewayFixture({ clock });
  engineer = (await fixture.signIn(fixture.own, 'engineer')).access;
  const run = fixture.services.holdings.get(fixture.own.orgId)?.runs[0];
  const [file] = run?.artifacts ?? [];
  if (run === undefined || file === undefined) throw new Error('no file');
  runId = run.run_id;
  artifact = file;
  await fixture.objectStore.put(keyOfUri(file.uri), Buffer.from(content), { mediaType: 'application/json' });
});
afterAll(() => fixture.close());

const path = () => `/api/runs/${runId}/artifacts/${artifact.artifact_id}`;
const get = (url: string, headers: Record<string, string> = {}) => fixture.app.inject({ url, headers });
const asEngineer = (headers: Record<string, string> = {}) => ({ ...bearer(engineer), ...headers });

async function signed(): Promise<string> {
  const answer = await get(`${path()}/url`, asEngineer());
  expect(answer.statusCode, answer.body).toBe(200);
  const { url, expires_at, sha256 } = answer.json();
  expect(sha256).toBe(artifact.sha256);
  expect(Date.parse(expires_at) - clock.nowMs()).toBe(300_000);
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

describe('the bytes of an artifact', () => {
  it('come whole, in the range that is asked for, or not at all when the client has them', async () => {
    const whole = await get(path(), asEngineer());
    expect([whole.statusCode, whole.body, whole.headers['accept-ranges']]).toEqual([200, content, 'bytes']);
    const part = await get(path(), asEngineer({ range: 'bytes=2-4' }));
    expect([part.statusCode, part.body]).toEqual([206, '234']);
    expect(part.headers).toMatchObject({ 'content-range': 'bytes 2-4/10', 'content-length': '3' });
    const end = await get(path(), asEngineer({ range: 'bytes=-3' }));
    expect(end.body).toBe('789');
    const etag = String(whole.headers.etag);
    const known = await get(path(), asEngineer({ 'if-none-match': etag }));
    expect([known.statusCode, known.body]).toEqual([304, '']);
    const changed = await get(path(), asEngineer({ range: 'bytes=2-4', 'if-range': '"another"' }));
    expect([changed.statusCode, changed.body]).toEqual([200, content]);
  });

  it('are refused for a range behind their end, with their size', async () => {
    const answer = await get(path(), asEngineer({ range: 'bytes=10-' }));
    expect(answer.statusCode).toBe(416);
    expect(answer.headers['content-range']).toBe('bytes */10');
    expect(answer.json().code).toBe('range_not_satisfiable');
  });

  it('are told in their size to whoever asks for the head alone', async () => {
    const answer = await fixture.app.inject({ method: 'HEAD', url: path(), headers: asEngineer() });
    expect([answer.statusCode, answer.headers['content-length'], answer.body]).toEqual([200, '10', '']);
  });
});

describe('a signed address', () => {
  it('gives the bytes, or a range of them, to whoever has it', async () => {
    const url = await signed();
    expect((await get(url)).body).toBe(content);
    const part = await get(url, { range: 'bytes=0-1' });
    expect([part.statusCode, part.body]).toEqual([206, '01']);
  });

  it('is refused when anything of it was changed', async () => {
    const url = await signed();
    const [address = '', query = ''] = url.split('?');
    const exp = new URLSearchParams(query).get('exp') ?? '';
    for (const tampered of [
      `${address}x?${query}`,
      `${address.replace('telemetry.json', 'other.json')}?${query}`,
      `${address.replace('/files/', '/files/../')}?${query}`,
      `${address.replace('/files/', '/files/%2e%2e/')}?${query}`,
      `${address}?${query.replace(exp, String(Number(exp) + 1))}`,
      `${address}?${query}x`,
      `/files/..%2f..%2fetc%2fpasswd?${query}`,
      `/files/%00?${query}`,
    ]) {
      const answer = await get(tampered);
      expect([403, 404], `${tampered} ${answer.statusCode}`).toContain(answer.statusCode);
      expect(answer.body).not.toContain(content);
    }
    expect((await get(address)).statusCode).toBe(400);
  });

  it('is not given for a file of another organisation', async () => {
    const { access } = await fixture.signIn(fixture.other, 'engineer');
    expect((await get(`${path()}/url`, bearer(access))).statusCode).toBe(404);
  });

  it('works for five minutes and no longer', async () => {
    const url = await signed();
    const endMs = Number(new URLSearchParams(url.split('?')[1]).get('exp')) * 1000;
    expect(endMs - Date.now()).toBeLessThanOrEqual(300_000);
    clock.advance(endMs - clock.nowMs() - 1);
    expect((await get(url)).statusCode).toBe(200);
    clock.advance(1);
    const late = await get(url);
    expect(late.statusCode).toBe(403);
    expect(late.json().code).toBe('permission_denied');
  });
});
