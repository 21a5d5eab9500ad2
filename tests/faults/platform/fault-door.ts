import { readFileSync } from 'node:fs';

// Preloaded into the services of a campaign (`--import`): what a machine may do to a process from outside, and what
// no signal can. An experiment writes one JSON text into the file; production code knows nothing of it.

interface Fault {
  /** Grows with each order, so that one is carried out once. */
  readonly order: number;
  /** The machine's clock is wrong by so much. */
  readonly clockShiftMs?: number;
  /** The event loop does nothing else for so long. */
  readonly blockMs?: number;
  /** Memory is taken until the process is refused more. */
  readonly exhaustMemory?: boolean;
}

const lookEveryMs = 50;
const file = process.env['FAULT_DOOR_FILE'];
let done = 0;
let shiftMs = 0;

function shiftClock(): void {
  const trueNow = Date.now.bind(Date);
  const TrueDate = Date;
  class ShiftedDate extends TrueDate {
    constructor(...given: [] | [number | string | Date]) {
      if (given.length === 0) super(trueNow() + shiftMs);
      else super(...(given as [number]));
    }

    static override now(): number {
      return trueNow() + shiftMs;
    }
  }
  globalThis.Date = ShiftedDate as DateConstructor;
}

function obey(fault: Fault): void {
  if (fault.clockShiftMs !== undefined) shiftMs = fault.clockShiftMs;
  if (fault.blockMs !== undefined) {
    const untilMs = performance.now() + fault.blockMs;
    while (performance.now() < untilMs);
  }
  if (fault.exhaustMemory === true) {
    const taken: number[][] = [];
    for (;;) taken.push(Array.from({ length: 1_000_000 }, (_, index) => index + 0.5));
  }
}

function look(path: string): void {
  let fault: Fault | null = null;
  try {
    fault = JSON.parse(readFileSync(path, 'utf8')) as Fault;
  } catch {
    // No order yet, or one that is being written.
  }
  if (fault === null || fault.order <= done) return;
  done = fault.order;
  obey(fault);
}

if (file !== undefined) {
  shiftClock();
  setInterval(() => look(file), lookEveryMs).unref();
}
