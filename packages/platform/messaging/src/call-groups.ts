/** Sends one message with the texts of several requests; answers each in its place. */
type SendGroup = (texts: readonly string[], timeoutMs: number) => Promise<readonly unknown[]>;

type Waiting = {
  text: string;
  timeoutMs: number;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
};

/** The door through which the requests of one ability travel. */
export type CallGroup = { submit(text: string, timeoutMs: number): Promise<unknown> };

const requestsMax = 200;
/** Characters; a message holds 1 MB, and a character up to three bytes. */
const textMax = 300_000;
/** A group that is not answered within this time does not hold up the next ones any longer. */
const patienceMs = 50;
const groupsInFlightMax = 8;

/**
 * Requests of the same moment, and those that come while a group is on its way, travel together: under load a message
 * carries many, and a lone request leaves at once. A slow group holds up the next for a moment only.
 */
export function createCallGroup(send: SendGroup): CallGroup {
  const waiting: Waiting[] = [];
  const state = { inFlight: 0, patient: false, planned: false };

  const plan = (): void => {
    if (state.planned || waiting.length === 0) return;
    state.planned = true;
    setImmediate(() => {
      state.planned = false;
      if (waiting.length > 0 && !state.patient && state.inFlight < groupsInFlightMax) void sendNext();
    });
  };
  const sendNext = async (): Promise<void> => {
    const group = nextGroup(waiting);
    state.inFlight += 1;
    state.patient = true;
    const losePatience = setTimeout(() => {
      state.patient = false;
      plan();
    }, patienceMs);
    try {
      const texts = group.map((entry) => entry.text);
      const answers = await send(texts, Math.max(...group.map((entry) => entry.timeoutMs)));
      for (const [index, entry] of group.entries()) entry.resolve(answers[index]);
    } catch (error) {
      for (const entry of group) entry.reject(error);
    }
    clearTimeout(losePatience);
    state.inFlight -= 1;
    state.patient = false;
    plan();
  };
  return {
    submit: (text, timeoutMs) =>
      new Promise((resolve, reject) => {
        waiting.push({ text, timeoutMs, resolve, reject });
        if (!state.patient) plan();
      }),
  };
}

/** As many as fit into a message, one at least. */
function nextGroup(waiting: Waiting[]): Waiting[] {
  let size = 0;
  let count = 0;
  for (const { text } of waiting) {
    size += text.length;
    if (count > 0 && (count === requestsMax || size > textMax)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}
