import type { Refusal } from '@spectra/schemas';
import type { Change } from './change.ts';
import type { Answered } from './route.ts';

/** A successful answer as it is kept: its status and, as JSON, its body. */
export type KeptAnswer = { status: number; value: unknown };

/** Keeps the answers of changes by the key that their callers gave them. */
export type AnswerKeeper = {
  /**
   * Claims the key for this change. Null: it is the first under this key and may be made. An answer: it was made before.
   * Refused: the key was used for another request, or the first one is still at work or was cut off just now.
   */
  claim(change: Change, key: string): Promise<Answered<KeptAnswer | null>>;
  /** Keeps the answer of a change that was made. */
  keep(change: Change, key: string, answer: KeptAnswer): Promise<void>;
  /** Frees the key of a change that was refused: nothing was done under it. */
  release(change: Change, key: string): Promise<void>;
};

/** Answers a change once under its key; a repeat gets the same answer, and nothing is done again. */
export async function answerOnce(
  keeper: AnswerKeeper,
  { change, key, status, log }: { change: Change; key: string; status: number; log: LogError },
  make: () => Promise<Answered<unknown>>,
): Promise<Answered<unknown>> {
  const claimed = await keeper.claim(change, key);
  if (!claimed.ok) return claimed;
  if (claimed.value !== null) return { ok: true, ...claimed.value };
  const made = await make();
  // The change stands, or does not, whatever becomes of its key.
  const settled = made.ok
    ? keeper.keep(change, key, { status: 'status' in made ? made.status : status, value: made.value })
    : isUndone(made.refusal)
      ? keeper.release(change, key)
      : Promise.resolve();
  await settled.catch((error: unknown) => log(error));
  return made;
}

type LogError = (error: unknown) => void;

/** After a lost answer nobody knows; every other refusal says that nothing was done. */
function isUndone({ code }: Refusal): boolean {
  return code !== 'dependency_unavailable' && code !== 'internal';
}
