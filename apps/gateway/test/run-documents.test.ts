import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { keyOfUri } from '@spectra/object-store';
import { refuse } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let base: string;
let engineer: string;
let foreigner: string;
let runId: string;
let artifactKey: string;

beforeAll(async () => {
  fixture = await gatewayFixture();
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  base = `http://127.0.0.1:${(fixture.app.server.address() as AddressInfo).port}`;
  engineer = (await fixture.signIn(fixture.own, 'engineer')).access;
  foreigner = (await fixture.signIn(fixture.other, 'engineer')).access;
  const run = fixture.services.holdings.get(fixture.own.orgId)?.runs[0];
  const [artifact] = run?.artifacts ?? [];
  if (run === undefined || artifact === undefined) throw new Error('no run');
  runId = run.run_id;
  artifactKey = keyOfUri(artifact.uri);
  await fixture.objectStore.put(artifactKey, Buffer.from('{}'), { mediaType: 'application/json' });
});
afterAll(() => fixture.close());

/** Node's own client: it shows trailers, which fetch does not. */
async function ask(path: string, token = engineer, method = 'GET'): Promise<IncomingMessage> {
  const sent = request(`${base}${path}`, { headers: bearer(token), method });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

describe('the results and the compliance of a run', () => {
  it('are answered in the name of the caller', async () => {
    const results = await ask(`/api/runs/${runId}/results`);
    expect(results.statusCode).toBe(200);
    const document = JSON.parse((await buffer(results)).toString());
    expect(document).toMatchObject({ run_id: runId, incomplete: [], compliance: { verdict: 'pending' } });
    expect(document.artifacts[0].href).toContain(`/api/runs/${runId}/artifacts/`);
    const compliance = JSON.parse((await buffer(await ask(`/api/runs/${runId}/compliance`))).toString());
    expect(compliance).toMatchObject({ run_id: runId, verdict: 'pending' });
  });

  it('tell which part is missing when a service does not answer', async () => {
    fixture.services.refuseNext('messages', refuse('dependency_unavailable', 'the hub is away'));
    const document = JSON.parse((await buffer(await ask(`/api/runs/${runId}/results`))).toString());
    expect(document.alarms).toBeNull();
    expect(document.incomplete).toEqual([{ part: 'alarms', reason: 'the hub is away' }]);
  });
});

describe('the telemetry of a run as a file', () => {
  it.each([
    ['csv', 'text/csv; charset=utf-8', '# run_id: '],
    ['ndjson', 'application/x-ndjson', '{"kind":"header"'],
    ['parquet', 'application/vnd.apache.parquet', 'PAR1'],
  ])('comes as %s', async (format, mediaType, begin) => {
    const answer = await ask(`/api/runs/${runId}/telemetry/file?format=${format}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe(mediaType);
    expect(answer.headers['content-disposition']).toContain(`${runId}_telemetry.${format}`);
    expect((await buffer(answer)).toString().startsWith(begin)).toBe(true);
  });

  it('is refused in a form that is not known, with those that are', async () => {
    const answer = await ask(`/api/runs/${runId}/telemetry/file?format=xls`);
    expect(answer.statusCode).toBe(400);
    const problem = JSON.parse((await buffer(answer)).toString());
    expect(problem.errors[0]).toMatchObject({ path: 'format', value: 'xls' });
  });
});

describe('an export', () => {
  it('comes in pieces, with its end told behind the last byte', async () => {
    const answer = await ask(`/api/runs/${runId}/export`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${runId}.zip"`,
      'transfer-encoding': 'chunked',
    });
    const bytes = await buffer(answer);
    expect(bytes.subarray(0, 2).toString()).toBe('PK');
    expect(answer.trailers).toMatchObject({
      'x-export-complete': 'true',
      'x-export-faults': '0',
      'x-manifest-sha256': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('of a run with a lost file says so behind its last byte', async () => {
    await fixture.objectStore.delete(artifactKey);
    const answer = await ask(`/api/runs/${runId}/export`);
    await buffer(answer);
    expect(answer.trailers).toMatchObject({ 'x-export-complete': 'false', 'x-export-faults': '1' });
    await fixture.objectStore.put(artifactKey, Buffer.from('{}'), { mediaType: 'application/json' });
  });

  it('of another organisation does not exist', async () => {
    const answer = await ask(`/api/runs/${runId}/export`, foreigner);
    expect(answer.statusCode).toBe(404);
    answer.resume();
  });

  it('says how long to wait while something is away', async () => {
    for (const verb of ['get-run', 'get-dossier']) {
      fixture.services.refuseNext(verb, refuse('dependency_unavailable', 'away'));
      const answer = await ask(`/api/runs/${runId}/export`);
      expect([answer.statusCode, answer.headers['retry-after']], verb).toEqual([503, '2']);
      answer.resume();
    }
  });

  it('is not made for whoever only asks for its head', async () => {
    const answer = await ask(`/api/runs/${runId}/export`, engineer, 'HEAD');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/zip');
    answer.resume();
  });
});

describe('many exports at once', () => {
  it('are refused above their number, and those that are broken off make room', async () => {
    const store = fixture.objectStore;
    const get = store.get.bind(store);
    const opened = signals(8);
    store.get = async () => {
      const stream = new Readable({ read: () => stream.push(randomBytes(65_536)) });
      opened.next(stream);
      return { stream, sizeBytes: 1, mediaType: 'a/b' };
    };
    const open = await Promise.all(Array.from({ length: 8 }, () => ask(`/api/runs/${runId}/export`)));
    const refused = await ask(`/api/runs/${runId}/export`);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '2']);
    expect(JSON.parse((await buffer(refused)).toString()).code).toBe('overloaded');
    for (const answer of open) answer.resume();
    const sources = await opened.all;
    store.get = get;
    const freed = Promise.all(
      sources.map((source) => new Promise((resolve) => source.once('close', resolve))),
    );
    for (const answer of open) answer.destroy();
    await freed;
    const again = await ask(`/api/runs/${runId}/export`);
    expect(again.statusCode).toBe(200);
    await buffer(again);
  });
});

/** Collects so many streams. */
function signals(count: number): { next(stream: Readable): void; all: Promise<Readable[]> } {
  const found: Readable[] = [];
  const all = Promise.withResolvers<Readable[]>();
  return {
    next(stream) {
      found.push(stream);
      if (found.length === count) all.resolve(found);
    },
    all: all.promise,
  };
}
