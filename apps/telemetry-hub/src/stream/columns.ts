/** Samples in columns: entry `i` of each channel belongs to `time_s[i]`; `null` where nothing was measured. */
export type Columns = { time_s: number[]; channels: Record<string, (number | null)[]> };

/** Puts column blocks one after the other; a channel that a block lacks is `null` there. */
export function joinColumns(blocks: readonly Columns[]): Columns {
  const [only] = blocks;
  if (blocks.length === 1 && only !== undefined) return only;
  const names = new Set(blocks.flatMap((block) => Object.keys(block.channels)));
  const channels: Columns['channels'] = {};
  for (const name of names) {
    channels[name] = blocks.flatMap(
      (block) => block.channels[name] ?? Array.from({ length: block.time_s.length }, () => null),
    );
  }
  return { time_s: blocks.flatMap((block) => block.time_s), channels };
}

/** Only the chosen channels; all when nothing was chosen. A chosen channel that does not exist is left out. */
export function pickChannels(columns: Columns, names: readonly string[] | undefined): Columns {
  if (names === undefined) return columns;
  const chosen = names.flatMap((name): [string, (number | null)[]][] => {
    const values = columns.channels[name];
    return values === undefined ? [] : [[name, values]];
  });
  return { time_s: columns.time_s, channels: Object.fromEntries(chosen) };
}

/** The samples `from ≤ index < to`. */
export function sliceColumns(columns: Columns, from: number, to: number): Columns {
  const channels = Object.entries(columns.channels).map(
    ([name, values]) => [name, values.slice(from, to)] as const,
  );
  return { time_s: columns.time_s.slice(from, to), channels: Object.fromEntries(channels) };
}
