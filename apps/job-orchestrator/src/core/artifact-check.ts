/** How a row of an artifact and its object stand to each other. */
export type ArtifactState = 'kept' | 'missing' | 'wrong_size' | 'wrong_sha256';

/** What was found in the store; `sha256` is null when the bytes were not read this time. */
export type FoundObject = { sizeBytes: number; sha256: string | null };

/**
 * Judges an artifact by what the store has. An object that was found to have wrong bytes stays so until its bytes are
 * read again: its size says nothing about them.
 */
export function artifactState(
  row: { sizeBytes: number; sha256: string },
  found: FoundObject | null,
  before: ArtifactState | null,
): ArtifactState {
  if (found === null) return 'missing';
  if (found.sizeBytes !== row.sizeBytes) return 'wrong_size';
  if (found.sha256 === null) return before === 'wrong_sha256' ? 'wrong_sha256' : 'kept';
  return found.sha256 === row.sha256 ? 'kept' : 'wrong_sha256';
}

/** Whose object a key is, as `runArtifactKey` and `jobArtifactKey` make them; null for any other. */
export type ObjectOwner =
  | { kind: 'run'; orgId: string; runId: string; fileKind: string; name: string }
  | { kind: 'job'; orgId: string; jobId: string; name: string };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads a key back into what it was made of. */
export function ownerOfKey(key: string): ObjectOwner | null {
  const [root, orgId = '', branch, owner = '', ...rest] = key.split('/');
  if (root !== 'org' || !uuid.test(orgId) || owner === '') return null;
  const [first = '', second] = rest;
  if (branch === 'runs' && rest.length === 2 && second !== undefined) {
    return { kind: 'run', orgId, runId: owner, fileKind: first, name: second };
  }
  if (branch === 'jobs' && rest.length === 1 && uuid.test(owner)) {
    return { kind: 'job', orgId, jobId: owner, name: first };
  }
  return null;
}

/** What may be done with an object that no row names. */
export type OrphanFate = 'wait' | 'adopt' | 'remove' | 'leave';

/**
 * A file of a run is a record: it gets its row back once no attempt can bring that row any more, and is never deleted. A
 * file of a tool's job is none: it goes once its job has ended or is gone. What nobody made by a known rule is left alone.
 */
export function orphanFate(
  owner: ObjectOwner | null,
  facts: { seenForS: number; graceS: number; job: 'none' | 'under-way' | 'ended' },
): OrphanFate {
  if (owner === null) return 'leave';
  if (facts.seenForS < facts.graceS || facts.job === 'under-way') return 'wait';
  if (owner.kind === 'job') return 'remove';
  return facts.job === 'ended' ? 'adopt' : 'leave';
}
