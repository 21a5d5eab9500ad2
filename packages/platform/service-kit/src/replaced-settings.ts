/** Settings of earlier installations that nothing reads any more, and what stands in their place. */
const replacements: Readonly<Record<string, string>> = {
  REDIS_URL: 'queue and live data are NATS: set NATS_URL',
  JWT_SECRET_KEY: 'tokens are signed with a key pair: TOKEN_KEYS_FILE, made at the first start',
  SECRET_KEY: 'tokens are signed with a key pair: TOKEN_KEYS_FILE, made at the first start',
  JWT_ALGORITHM: 'tokens are always signed with EdDSA',
  AUTH_SERVICE_URL: 'the gateway signs people in itself',
  TELEMETRY_STORAGE: 'telemetry, logs and artifacts share one store: set OBJECT_STORE or ARTIFACT_STORAGE',
  LOGS_STORAGE: 'telemetry, logs and artifacts share one store: set OBJECT_STORE or ARTIFACT_STORAGE',
};

/** What to tell whoever set one of them, without its value: it may be a secret. */
export function replacedSettings(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(replacements)
    .filter(([name]) => (environment[name] ?? '') !== '')
    .map(([name, instead]) => `${name} is set and not read; ${instead}`);
}
