import { z } from 'zod';

const problemShape = z.object({
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** The platform's HTTP API in the name of one user. */
export type ApiClient = {
  accessToken: string;
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>>;
  post<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.output<Schema>>;
  /** The bare answer, for streams and files; a refusal throws. */
  fetch(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
};

/** Logs in and answers a client that speaks for that user. */
export async function logIn(
  gatewayUrl: string,
  account: { email: string; password: string },
): Promise<ApiClient> {
  const answer = await asked(`${gatewayUrl}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: account.email, password: account.password }),
  });
  const { access_token } = z.object({ access_token: z.string() }).parse(await answer.json());
  const authorization = `Bearer ${access_token}`;
  return {
    accessToken: access_token,
    async get(path, schema) {
      const found = await asked(gatewayUrl + path, { headers: { authorization } });
      return schema.parse(await found.json());
    },
    async post(path, body, schema) {
      const made = await asked(gatewayUrl + path, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return schema.parse(await made.json());
    },
    fetch: (path, headers) => asked(gatewayUrl + path, { headers: { ...headers, authorization } }),
  };
}

async function asked(url: string, request: RequestInit): Promise<Response> {
  const answer = await fetch(url, request);
  if (answer.ok) return answer;
  const text = await answer.text();
  throw new Error(`${request.method ?? 'GET'} ${url} was refused with ${answer.status}: ${reasonOf(text)}`);
}

function reasonOf(text: string): string {
  try {
    const problem = problemShape.parse(JSON.parse(text));
    const fields = (problem.errors ?? []).map(({ path, message }) => `${path} ${message}`);
    return [problem.detail, ...fields].join('; ');
  } catch {
    return text.slice(0, 200);
  }
}
