import { pino, type DestinationStream, type Logger } from 'pino';

/** Fields that never reach a log, at the top or one level down. */
const secretFields = [
  'password',
  'password_hash',
  'token',
  'access_token',
  'refresh_token',
  'ticket',
  'api_key',
  'secret',
  'authorization',
  'cookie',
  'private_pem',
  'connectionString',
];

/** A JSON logger of one service; secrets are cut out by field name. */
export function createLogger(options: {
  service: string;
  level: string;
  destination?: DestinationStream;
}): Logger {
  const settings = {
    name: options.service,
    level: options.level,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: {
      paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[redacted]',
    },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
