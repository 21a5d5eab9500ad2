import type { ProcessTypes } from '@spectra/run-engine';
import type { SimulatorSettings } from '@spectra/schemas';
import { connectTool } from './connect-tool.ts';
import type { ToolConnection } from './connect-tool.ts';
import type { ToolState } from './tool-protocol.ts';

/** A worker's hold on a tool, under one lease token. All its commands carry the token and a growing sequence. */
export class ToolSession<T extends ProcessTypes> {
  readonly #connection: ToolConnection;
  readonly #token: number;
  #sequence: number;
  /** What the tool said of itself when the session began. */
  readonly found: ToolState;

  private constructor(connection: ToolConnection, token: number, found: ToolState) {
    this.#connection = connection;
    this.#token = token;
    this.#sequence = found.sequence;
    this.found = found;
  }

  static async attach<T extends ProcessTypes>(tool: {
    address: { host: string; port: number };
    process: string;
    equipment: string;
    token: number;
  }): Promise<ToolSession<T>> {
    const { process, equipment, token } = tool;
    const connection = await connectTool(tool.address);
    try {
      const found = await connection.request({ op: 'attach', token, process, equipment });
      return new ToolSession<T>(connection, token, found);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async load(wafer: {
    runId: string;
    waferIndex: number;
    recipe: Record<string, unknown>;
    seed: number;
    simulator: SimulatorSettings;
  }): Promise<T['readings']> {
    const state = await this.#connection.request({
      op: 'load',
      token: this.#token,
      run_id: wafer.runId,
      wafer_index: wafer.waferIndex,
      recipe: wafer.recipe,
      seed: wafer.seed,
      simulator: wafer.simulator,
    });
    return state.readings;
  }

  async advance(setpoints: T['setpoints'], dtS: number): Promise<T['readings']> {
    this.#sequence += 1;
    const sequence = this.#sequence;
    const state = await this.#connection.request({
      op: 'advance',
      token: this.#token,
      sequence,
      dt_s: dtS,
      setpoints,
    });
    return state.readings;
  }

  /** Takes all energy off; answers what the tool's own journal says then. */
  async goSafe(reason: string): Promise<Record<string, number>> {
    return (await this.#connection.request({ op: 'safe', token: this.#token, reason })).journal;
  }

  async detach(): Promise<void> {
    await this.#connection.request({ op: 'detach', token: this.#token });
    this.#connection.close();
  }

  /** Drops the connection without a word; the tool's watchdog does the rest. */
  drop(): void {
    this.#connection.close();
  }
}
