import { randomBytes } from 'node:crypto';
import { organisations, password } from '../platform/environments.ts';
import type { Organisation } from '../platform/environments.ts';
import { pause } from '../until.ts';
import { exchange } from './exchange.ts';

/** One call as the client saw it: its own record of what was asked and what was told. */
export interface Call {
  readonly orgId: string;
  readonly method: string;
  readonly path: string;
  readonly traceId: string;
  readonly idempotencyKey: string | null;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly code: string | null;
  readonly retryAfter: boolean;
}

export interface Answer {
  readonly status: number | null;
  readonly retryAfter: boolean;
  readonly body: Record<string, unknown>;
}

const signInPath = '/api/auth/login';
const usualPatienceMs = 20_000;
const retryLimitMs = 120_000;

/** A user of one organisation, who keeps a history of every call and repeats what had no certain answer. */
export class FabClient {
  readonly organisation: Organisation;
  readonly history: Call[];
  readonly url: string;
  /** How long it waits for an answer. */
  patienceMs = usualPatienceMs;
  #token = '';
  readonly #email: string;

  constructor(url: string, organisation: Organisation, role: string, history: Call[]) {
    this.url = url;
    this.organisation = organisation;
    this.history = history;
    this.#email = `${role}@${organisation.domain}`;
  }

  get token(): string {
    return this.#token;
  }

  async logIn(): Promise<void> {
    const answer = await this.repeat('POST', signInPath, { email: this.#email, password });
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.#token = String(answer.body['access_token']);
  }

  /** One try. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    idempotencyKey: string | null = null,
  ): Promise<Answer> {
    const traceId = randomBytes(16).toString('hex');
    const startedMs = Date.now();
    let answer: Answer = { status: null, retryAfter: false, body: {} };
    try {
      const { status, retryAfter, text } = await exchange(`${this.url}${path}`, {
        method,
        limitMs: this.patienceMs,
        headers: {
          traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
          ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      answer = { status, retryAfter, body: parsed(text) };
    } catch {
      // The history says so: no answer.
    }
    this.history.push({
      orgId: this.organisation.orgId,
      method,
      path,
      traceId,
      idempotencyKey,
      startedMs,
      endedMs: Date.now(),
      status: answer.status,
      code: typeof answer.body['code'] === 'string' ? answer.body['code'] : null,
      retryAfter: answer.retryAfter,
    });
    return answer;
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  /** Tries again after no answer, 401, 429 or 5xx: what a careful client does under an Idempotency-Key. */
  async repeat(
    method: string,
    path: string,
    body?: unknown,
    idempotencyKey: string | null = null,
  ): Promise<Answer> {
    const deadlineMs = performance.now() + retryLimitMs;
    for (;;) {
      const answer = await this.send(method, path, body, idempotencyKey);
      const { status } = answer;
      // A gateway whose clock is wrong does not know tokens of another time; it gives new ones.
      if (status === 401 && path !== signInPath) await this.logIn();
      const again = status === null || status === 401 || status === 429 || status >= 500;
      if (!again || performance.now() > deadlineMs) return answer;
      await pause(200);
    }
  }
}

/** Clients of one role for all organisations, with one history. */
export async function clientsOf(url: string, role: string, history: Call[]): Promise<FabClient[]> {
  const clients = organisations.map((organisation) => new FabClient(url, organisation, role, history));
  await Promise.all(clients.map((client) => client.logIn()));
  return clients;
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}
