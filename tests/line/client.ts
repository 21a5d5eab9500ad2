import { organisations, password } from './platform.ts';
import { until } from './until.ts';

/** An answer of the API with its body already read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests look into bodies of many shapes; each expectation states the shape.
  readonly body: Record<string, unknown>;
}

/** A logged-in user of the API. */
export class Client {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  static async logIn(url: string, role: string, domain: string = organisations.ours.domain): Promise<Client> {
    const answer = await new Client(url, '').post('/api/auth/login', {
      email: `${role}@${domain}`,
      password,
    });
    if (answer.status !== 200)
      throw new Error(`login of ${role}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return new Client(url, String(answer.body['access_token']));
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send('POST', path, body, headers);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.#send('PUT', path, body);
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.#send('PATCH', path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.#send('DELETE', path);
  }

  /** Starts a run and answers its id; fails with the problem when it was refused. */
  async startRun(
    process: 'ion' | 'rtp',
    body: Record<string, unknown>,
  ): Promise<{ runId: string; jobId: string }> {
    const answer = await this.post(`/api/${process}/runs`, body);
    if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    return { runId: String(answer.body['run_id']), jobId: String(answer.body['job_id']) };
  }

  /** Waits until the run has one of these states. */
  async waitForRun(
    process: 'ion' | 'rtp',
    runId: string,
    states: readonly string[] = ['completed', 'failed', 'cancelled', 'held'],
    limitMs = 90_000,
  ): Promise<Answer['body']> {
    return until(
      `run ${runId} is ${states.join(' or ')}`,
      async () => {
        const answer = await this.get(`/api/${process}/runs/${runId}`).catch(() => null);
        return answer && states.includes(String(answer.body['status'])) ? answer.body : null;
      },
      limitMs,
    );
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  }
}

function parsed(text: string): Answer['body'] {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}
