import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** A new opaque 256-bit token. */
export function newOpaqueToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored in place of an opaque token. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts a child token under its parent: whoever still holds the parent can be given the same child again,
 * while the database alone gives neither.
 */
export function sealChild(parent: string, child: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', keyFrom(parent), nonce);
  const sealed = Buffer.concat([cipher.update(child, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** The child that `sealChild` put away under this parent. */
export function openChild(parent: string, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(parent), sealed.subarray(0, nonceBytes));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  const opened = Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  return opened.toString('utf8');
}

function keyFrom(parent: string): Buffer {
  return Buffer.from(hkdfSync('sha256', parent, '', 'spectra refresh child', 32));
}
