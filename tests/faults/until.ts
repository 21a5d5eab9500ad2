const lookEveryMs = 40;

/** Waits until `look` finds something, and answers it; throws with the name of what was waited for. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  limitMs: number,
): Promise<Found> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await pause(lookEveryMs);
  }
}

/** Waits for what a fault needs, or what shows that it hit; answers whether it came. */
export async function seen(look: () => Promise<boolean> | boolean, limitMs: number): Promise<boolean> {
  return until('something to see', look, limitMs).catch(() => false);
}

/** Real time passes: between two looks, or while a fault lasts. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
