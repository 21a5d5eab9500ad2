const keyBytesMax = 900;
// One segment: letters, digits and a few signs of any script, but no separators and no control characters.
// oxlint-disable-next-line no-control-regex -- the point is to refuse them
const forbidden = /[\u0000-\u001f\u007f\\]/;

/** The key of a run's artifact: `org/<org>/runs/<run>/<kind>/<name>`. */
export function runArtifactKey(address: {
  orgId: string;
  runId: string;
  kind: string;
  name: string;
}): string {
  const { orgId, runId, kind, name } = address;
  const parts = ['org', orgId, 'runs', runId, kind, name];
  for (const part of parts) {
    if (part.includes('/')) throw new Error(`"${part}" may not hold a slash`);
  }
  return checkedKey(parts.join('/'));
}

/** The key of a tool's result that is too large for its record: `org/<org>/jobs/<job>/<name>`. */
export function jobArtifactKey(address: { orgId: string; jobId: string; name: string }): string {
  const { orgId, jobId, name } = address;
  return checkedKey(['org', orgId, 'jobs', jobId, name].join('/'));
}

/** The key alone of what a record keeps: `<scheme>://<store>/<key>`. */
export function keyOfUri(uri: string): string {
  return uri.replace(/^[a-z0-9]+:\/\/[^/]*\//i, '');
}

/** The key in its one normal form (Unicode NFC); throws when it could leave the store or mean two things. */
export function checkedKey(key: string): string {
  const normal = key.normalize('NFC');
  if (normal === '') throw new Error('An object key may not be empty');
  if (Buffer.byteLength(normal) > keyBytesMax) {
    throw new Error(`An object key may have at most ${keyBytesMax} bytes`);
  }
  if (!normal.isWellFormed()) throw new Error('An object key must be well-formed text');
  if (forbidden.test(normal)) throw new Error('An object key may not hold control characters or backslashes');
  if (normal.startsWith('/')) throw new Error('An object key may not be absolute');
  for (const segment of normal.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw new Error('An object key may not have empty, "." or ".." segments');
    }
    if (Buffer.byteLength(segment) > 255) {
      throw new Error('A segment of an object key may have at most 255 bytes');
    }
  }
  return normal;
}
