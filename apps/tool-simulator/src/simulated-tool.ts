import type { ToolReply, ToolRequest, ToolState } from '@spectra/process-host';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import type { Clock } from '@spectra/service-kit';
import { attach, command, detach, hear, mustTrip, poweredUp, trip } from './tool-guard.ts';
import type { GuardRefusal, Guarded, ToolGuard } from './tool-guard.ts';
import type { JournalEntry, ToolJournal } from './tool-journal.ts';

/** Heartbeats may be missing for this long while energy is on; the specification allows 3 s. */
const silenceMsMax = 2_000;

/** One tool of the simulator: plant, guard and journal. It answers requests and trips by itself. */
export interface SimulatedTool {
  answer(request: ToolRequest): ToolReply;
  /** Called every `dtS` of real time: looks for silence, and lets a tripped tool cool in real time. */
  tick(dtS: number): void;
  readonly energised: boolean;
}

/** Simulates one tool of a process. The definition brings the plant; everything else is the same for all tools. */
export function simulateTool<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  tool: { journal: ToolJournal; clock: Clock },
): SimulatedTool {
  return new Tool(definition, tool.journal, tool.clock);
}

class Tool<T extends ProcessTypes> implements SimulatedTool {
  readonly #definition: ProcessDefinition<T>;
  readonly #journal: ToolJournal;
  readonly #clock: Clock;
  #guard: ToolGuard;
  #wafer: { runId: string; waferIndex: number; plant: T['plant']; readings: T['readings'] } | null = null;
  #timeS = 0;

  constructor(definition: ProcessDefinition<T>, journal: ToolJournal, clock: Clock) {
    this.#definition = definition;
    this.#journal = journal;
    this.#clock = clock;
    this.#guard = poweredUp(journal.highestToken(), clock.monotonicMs());
  }

  get energised(): boolean {
    return this.#wafer !== null && this.#definition.plant.energised(this.#wafer.plant);
  }

  answer(request: ToolRequest): ToolReply {
    switch (request.op) {
      case 'attach':
        return this.#attach(request.token);
      case 'load':
        return this.#load(request);
      case 'advance':
        return this.#advance(request);
      case 'safe':
        return this.#safe(request);
      case 'detach':
        return this.#detach(request.token);
    }
  }

  tick(dtS: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (mustTrip(this.#guard, { energised: this.energised, nowMs, silenceMsMax })) {
      this.#guard = trip(this.#guard);
      this.#takeEnergyOff();
      this.#write('watchdog_trip', this.#guard.highestToken, `nothing was heard for ${silenceMsMax} ms`);
    } else if (this.#guard.tripped && this.#wafer) {
      this.#move(this.#definition.plant.safeSetpoints(), dtS);
    }
  }

  #attach(token: number): ToolReply {
    const guarded = attach(this.#guard, token, this.#clock.monotonicMs());
    if (guarded.refusal) return this.#refuse(token, guarded);
    this.#takeEnergyOff();
    this.#guard = guarded.guard;
    this.#write('lease', token);
    return this.#accept();
  }

  #load(request: Extract<ToolRequest, { op: 'load' }>): ToolReply {
    const guarded = hear(this.#guard, request.token, this.#clock.monotonicMs());
    if (guarded.refusal) return this.#refuse(request.token, guarded);
    const parsed = this.#definition.recipe.parse(request.recipe);
    if (!parsed.ok) {
      return this.#refuse(request.token, {
        guard: guarded.guard,
        refusal: { code: 'malformed', message: parsed.refusal.detail },
      });
    }
    this.#guard = guarded.guard;
    const { run_id: runId, wafer_index: waferIndex, seed, simulator } = request;
    const { recipe } = parsed.value;
    const plant = this.#definition.plant.loadWafer({ recipe, waferIndex, seed, simulator });
    this.#wafer = { runId, waferIndex, plant, readings: this.#definition.plant.read(plant) };
    this.#timeS = 0;
    this.#write('loaded', request.token);
    return this.#accept();
  }

  #advance(request: Extract<ToolRequest, { op: 'advance' }>): ToolReply {
    if (!this.#wafer) {
      const refusal: GuardRefusal = { code: 'not_loaded', message: 'there is no wafer on the tool' };
      return this.#refuse(request.token, { guard: this.#guard, refusal });
    }
    const guarded = command(this.#guard, request, this.#clock.monotonicMs());
    if (guarded.refusal) return this.#refuse(request.token, guarded);
    this.#guard = guarded.guard;
    this.#move(request.setpoints, request.dt_s);
    return this.#accept();
  }

  #safe(request: Extract<ToolRequest, { op: 'safe' }>): ToolReply {
    const guarded = hear(this.#guard, request.token, this.#clock.monotonicMs());
    if (guarded.refusal) return this.#refuse(request.token, guarded);
    this.#guard = guarded.guard;
    this.#takeEnergyOff();
    this.#write('safe', request.token, request.reason);
    return this.#accept();
  }

  #detach(token: number): ToolReply {
    const guarded = hear(this.#guard, token, this.#clock.monotonicMs());
    if (guarded.refusal) return this.#refuse(token, guarded);
    this.#takeEnergyOff();
    this.#guard = detach(guarded.guard);
    this.#write('detached', token);
    return this.#accept();
  }

  /** Moves the plant; the journal notes when energy comes on and goes off. */
  #move(setpoints: T['setpoints'], dtS: number): void {
    if (!this.#wafer) return;
    const before = this.energised;
    const { plant, readings } = this.#definition.plant.advance(this.#wafer.plant, setpoints, dtS);
    this.#wafer = { ...this.#wafer, plant, readings };
    this.#timeS += dtS;
    if (this.energised !== before)
      this.#write(before ? 'de_energised' : 'energised', this.#guard.highestToken);
  }

  #takeEnergyOff(): void {
    if (this.energised) this.#move(this.#definition.plant.safeSetpoints(), this.#definition.samplingS);
  }

  #accept(): ToolReply {
    return { ok: true, state: this.#state() };
  }

  #state(): ToolState {
    const wafer = this.#wafer;
    return {
      loaded: wafer ? { run_id: wafer.runId, wafer_index: wafer.waferIndex } : null,
      energised: this.energised,
      tripped: this.#guard.tripped,
      sequence: this.#guard.sequence,
      readings: wafer?.readings ?? null,
      journal: wafer ? this.#definition.plant.journal(wafer.plant) : {},
    };
  }

  #refuse(token: number, { guard, refusal }: Guarded): ToolReply {
    this.#guard = guard;
    if (!refusal) throw new Error('a refusal without a reason');
    this.#write('refused', token, `${refusal.code}: ${refusal.message}`);
    return { ok: false, ...refusal };
  }

  #write(event: JournalEntry['event'], token: number, detail?: string): void {
    const wafer = this.#wafer;
    this.#journal.write({
      event,
      token,
      run_id: wafer?.runId ?? null,
      wafer_index: wafer?.waferIndex ?? null,
      tool_time_s: Math.round(this.#timeS * 1000) / 1000,
      ...(detail === undefined ? {} : { detail }),
      ...(wafer ? { counted: this.#definition.plant.journal(wafer.plant) } : {}),
    });
  }
}
