import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { freePort } from '@spectra/local-servers';
import { permissions } from '@spectra/policy';
import { manualClock, silentLogger } from '@spectra/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abortDoor } from './abort-door.ts';
import { RunsInHand } from './runs-in-hand.ts';

/** Any process whose runs may be aborted. */
const processId = permissions.find((name) => name.endsWith(':abort'))?.split(':')[0] ?? '';
const orgId = randomUUID();
const pair = generateKeyPairSync('ed25519');
const keys = {
  issuer: 'spectra',
  audience: 'spectra-api',
  keys: [{ kid: 'k1', public_pem: String(pair.publicKey.export({ type: 'spki', format: 'pem' })) }],
};
const clock = manualClock();
const runs = new RunsInHand();
const recorded: string[] = [];
let url = '';
let door: ReturnType<typeof abortDoor>;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const recorder = { record: async (_caller: unknown, runId: string) => void recorded.push(runId) };
  const logger = silentLogger();
  door = abortDoor({ processId, host: '127.0.0.1', port, keys, runs, recorder, clock, logger });
  await door.start();
});
afterAll(() => door.stop());

function token(role: string, org = orgId, lifeS = 60): string {
  const nowS = Math.floor(clock.nowMs() / 1000);
  const claims = {
    iss: 'spectra',
    aud: 'spectra-api',
    sub: randomUUID(),
    jti: randomUUID(),
    iat: nowS,
    exp: nowS + lifeS,
  };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' });
  const text = `${head}.${part({ ...claims, org, role, tv: 0 })}`;
  return `${text}.${sign(null, Buffer.from(text), pair.privateKey).toString('base64url')}`;
}

async function abort(runId: string, bearer: string): Promise<{ status: number; code?: string }> {
  const headers = { authorization: `Bearer ${bearer}` };
  const answer = await fetch(`${url}/api/${processId}/runs/${runId}/abort`, { method: 'POST', headers });
  return { status: answer.status, ...((await answer.json()) as { code?: string }) };
}

describe('the abort door', () => {
  it('stops a run that this process drives, and has it recorded', async () => {
    let stopped = 0;
    const leave = runs.enter({ runId: 'R1', orgId, abort: () => void (stopped += 1) });
    expect((await abort('R1', token('operator'))).status).toBe(202);
    expect(stopped).toBe(1);
    expect(recorded).toEqual(['R1']);
    leave();
    expect(await abort('R1', token('operator'))).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('knows no run of another organisation, and refuses who may not abort', async () => {
    runs.enter({ runId: 'R2', orgId, abort: () => expect.unreachable() });
    expect((await abort('R2', token('admin', randomUUID()))).status).toBe(404);
    expect((await abort('R2', token('viewer'))).status).toBe(403);
    expect((await abort('R2', token('engineer', orgId, -1))).status).toBe(401);
    expect((await abort('R2', 'nonsense')).status).toBe(401);
  });
});
