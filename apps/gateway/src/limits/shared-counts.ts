import type { Clock } from '@spectra/service-kit';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/** The way to the other gateways: what one tells, all hear, the teller too. */
export type CountsBus = {
  /** False while nobody can be reached; it is told later. */
  tell(text: string): boolean;
  hear(listener: (text: string) => void): () => void;
};

/** How many there were in the present window, and milliseconds until it ends. */
export type WindowCount = { current: number; ttl: number };

/** How long a gateway keeps what it counted to itself: by so much may all of them together pass a limit. */
const tellAfterMs = 200;
const namesToldMax = 2_000;
const namesMax = 50_000;

const toldSchema = z.object({
  from: z.string(),
  more: z.record(z.string().max(300), z.int().min(1)),
  cleared: z.array(z.string().max(300)),
});

type Window = { count: number; endsMs: number };

/**
 * Counts by name in windows of fixed length, over all gateways together. Each decides by what it knows: its own count at
 * once, and what the others have told. While the bus is away it knows its own alone, so limits then hold for each gateway
 * by itself and nobody is locked out.
 */
export class SharedCounts {
  readonly #bus: CountsBus;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #self = randomUUID();
  readonly #windows = new Map<string, Window>();
  readonly #untold = new Map<string, number>();
  readonly #cleared = new Set<string>();
  readonly #stopHearing: () => void;
  #cancelTimer: (() => void) | null = null;

  constructor(options: { bus: CountsBus; windowMs: number; clock: Clock }) {
    this.#bus = options.bus;
    this.#windowMs = options.windowMs;
    this.#clock = options.clock;
    this.#stopHearing = this.#bus.hear((text) => this.#hear(text));
  }

  /** Counts one more; answers with it. */
  add(name: string): WindowCount {
    const counted = this.#count(name, 1);
    this.#untold.set(name, (this.#untold.get(name) ?? 0) + 1);
    this.#tellSoon();
    return counted;
  }

  read(name: string): WindowCount {
    const window = this.#alive(name);
    return window === null ? { current: 0, ttl: 0 } : this.#toldOf(window);
  }

  /** Forgets what was counted under the name, here and elsewhere. */
  clear(name: string): void {
    this.#windows.delete(name);
    this.#untold.delete(name);
    this.#cleared.add(name);
    this.#tellSoon();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#stopHearing();
  }

  #alive(name: string): Window | null {
    const found = this.#windows.get(name);
    return found !== undefined && found.endsMs > this.#clock.monotonicMs() ? found : null;
  }

  #toldOf({ count, endsMs }: Window): WindowCount {
    return { current: count, ttl: endsMs - this.#clock.monotonicMs() };
  }

  #count(name: string, more: number): WindowCount {
    const window = this.#alive(name) ?? { count: 0, endsMs: this.#clock.monotonicMs() + this.#windowMs };
    window.count += more;
    // The longest unused goes first.
    this.#windows.delete(name);
    this.#windows.set(name, window);
    const oldest = this.#windows.keys().next();
    if (this.#windows.size > namesMax && !oldest.done) this.#windows.delete(oldest.value);
    return this.#toldOf(window);
  }

  #hear(text: string): void {
    const told = readTold(text);
    if (told === null || told.from === this.#self) return;
    for (const name of told.cleared) this.#windows.delete(name);
    for (const [name, more] of Object.entries(told.more)) this.#count(name, more);
  }

  #tellSoon(): void {
    this.#cancelTimer ??= this.#clock.after(tellAfterMs, () => {
      this.#cancelTimer = null;
      this.#tell();
    });
  }

  #tell(): void {
    for (const name of this.#untold.keys()) if (this.#alive(name) === null) this.#untold.delete(name);
    const more = [...this.#untold].slice(0, namesToldMax);
    const cleared = [...this.#cleared].slice(0, namesToldMax);
    if (more.length + cleared.length === 0) return;
    if (this.#bus.tell(JSON.stringify({ from: this.#self, more: Object.fromEntries(more), cleared }))) {
      for (const [name] of more) this.#untold.delete(name);
      for (const name of cleared) this.#cleared.delete(name);
    }
    if (this.#untold.size + this.#cleared.size > 0) this.#tellSoon();
  }
}

function readTold(text: string): z.output<typeof toldSchema> | null {
  try {
    return toldSchema.parse(JSON.parse(text));
  } catch {
    // Whatever else may travel there is no count.
    return null;
  }
}
