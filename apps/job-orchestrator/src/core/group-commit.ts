/** Collects items that arrive while a write is under way and writes them together next. */
export type GroupCommit<Item, Answer> = {
  /** Settles when the group of this item is written. */
  submit(item: Item): Promise<Answer>;
  /** Settles when everything submitted so far is written. */
  drain(): Promise<void>;
};

type Waiting<Item, Answer> = {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

/**
 * One write at a time: an item that comes alone is written at once, items that come meanwhile form the next
 * group, so that a busy database is asked less often and an idle one without delay. When a group fails, each
 * of its items is written alone, so that one bad item spoils no other; once the database is away for one of them, it is for
 * the rest, whose waits one after the other would keep everybody behind them.
 */
export function createGroupCommit<Item, Answer>(options: {
  itemsMax: number;
  /** Past this many waiting items a submit is refused, rather than queued without bound. */
  waitingMax: number;
  /** True for a fault that is nobody's item's. */
  isAway: (error: unknown) => boolean;
  write: (items: readonly Item[]) => Promise<readonly Answer[]>;
}): GroupCommit<Item, Answer> {
  const waiting: Waiting<Item, Answer>[] = [];
  const state: { writing: Promise<void> | null } = { writing: null };

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.splice(0, options.itemsMax);
      const failure = await writeGroup(group, options.write);
      if (failure === null) continue;
      if (group.length === 1) group[0]?.reject(failure.error);
      else await writeEachAlone(group, options);
    }
    state.writing = null;
  };

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        if (waiting.length >= options.waitingMax) {
          reject(new Error(`more than ${options.waitingMax} writes are waiting`));
          return;
        }
        waiting.push({ item, resolve, reject });
        // One turn of the microtask queue lets the submits of the same moment join the first group.
        state.writing ??= Promise.resolve().then(writeAll);
      }),
    drain: async () => {
      while (state.writing !== null) await state.writing;
    },
  };
}

async function writeGroup<Item, Answer>(
  group: readonly Waiting<Item, Answer>[],
  write: (items: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<{ error: unknown } | null> {
  try {
    const answers = await write(group.map((entry) => entry.item));
    if (answers.length !== group.length) throw new Error('a group was not answered item by item');
    for (const [index, entry] of group.entries()) entry.resolve(answers[index] as Answer);
    return null;
  } catch (error) {
    return { error };
  }
}

async function writeEachAlone<Item, Answer>(
  group: readonly Waiting<Item, Answer>[],
  options: {
    isAway: (error: unknown) => boolean;
    write: (items: readonly Item[]) => Promise<readonly Answer[]>;
  },
): Promise<void> {
  let away: { error: unknown } | null = null;
  for (const entry of group) {
    const failure: { error: unknown } | null = away ?? (await writeGroup([entry], options.write));
    if (failure === null) continue;
    entry.reject(failure.error);
    if (options.isAway(failure.error)) away = failure;
  }
}
