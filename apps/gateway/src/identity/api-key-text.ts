import { createHash, randomBytes } from 'node:crypto';

/** Marks the kind of secret, so that scanners of source and logs can find a leaked one. */
export const apiKeyPrefix = 'spk_';

const randomLength = 43;
const checksumLength = 6;

/** A new key: prefix, 256 random bits, checksum. It is shown once and stored as SHA-256. */
export function newApiKey(): string {
  const random = randomBytes(32).toString('base64url');
  return `${apiKeyPrefix}${random}${checksumOf(random)}`;
}

/** True for text that has the form and the checksum of a key: a typing error never reaches the database. */
export function isApiKey(text: string): boolean {
  const rest = text.slice(apiKeyPrefix.length);
  if (!text.startsWith(apiKeyPrefix) || rest.length !== randomLength + checksumLength) return false;
  return checksumOf(rest.slice(0, randomLength)) === rest.slice(randomLength);
}

function checksumOf(random: string): string {
  return createHash('sha256').update(`${apiKeyPrefix}${random}`).digest('hex').slice(0, checksumLength);
}
