import type { Channel } from '@spectra/schemas';

/** Frames of one stored message, in columns. */
export type FrameBlock = {
  wafer_index: number;
  time_s: readonly number[];
  channels: Readonly<Record<string, readonly (number | null)[]>>;
};

/** What a table of telemetry must say to be read without anything else. */
export type TelemetryFacts = {
  runId: string;
  process: string;
  recipeHash: string;
  calibrationIds: readonly string[];
  channels: readonly Channel[];
};

/** Telemetry as NDJSON: a header with units and origin, then a line for each frame. */
export async function* ndjsonText(
  facts: TelemetryFacts,
  frames: AsyncIterable<FrameBlock>,
): AsyncGenerator<string> {
  yield ndjsonHeader(facts);
  for await (const block of frames) yield ndjsonLines(block);
}

/** Telemetry as CSV: comment lines with units and origin, the names, then a row for each frame. */
export async function* csvText(
  facts: TelemetryFacts,
  frames: AsyncIterable<FrameBlock>,
): AsyncGenerator<string> {
  yield csvHeader(facts);
  for await (const block of frames) yield csvRows(block, facts.channels);
}

/** What a table of telemetry is about, by the names that every form uses. */
export function telemetryHeader(facts: TelemetryFacts) {
  return {
    run_id: facts.runId,
    process: facts.process,
    recipe_hash: facts.recipeHash,
    calibration_ids: facts.calibrationIds,
    units: { time_s: 's', ...Object.fromEntries(facts.channels.map(({ id, unit }) => [id, unit])) },
    channels: facts.channels.map(({ id, name, unit }) => ({ id, name, unit })),
  };
}

/** First line of the NDJSON form. */
function ndjsonHeader(facts: TelemetryFacts): string {
  return `${JSON.stringify({ kind: 'header', ...telemetryHeader(facts) })}\n`;
}

/** One line for each frame. */
function ndjsonLines(block: FrameBlock): string {
  const columns = Object.entries(block.channels);
  return block.time_s
    .map((time_s, index) => {
      const values = Object.fromEntries(columns.map(([id, column]) => [id, column[index] ?? null]));
      return `${JSON.stringify({ kind: 'frame', wafer_index: block.wafer_index, time_s, ...values })}\n`;
    })
    .join('');
}

/** Head of the CSV form: comment lines with what belongs to the table, then the names, then their units. */
function csvHeader(facts: TelemetryFacts): string {
  const ids = facts.channels.map(({ id }) => id);
  const units = facts.channels.map(({ unit }) => unit);
  return [
    `# run_id: ${facts.runId}`,
    `# process: ${facts.process}`,
    `# recipe_hash: ${facts.recipeHash}`,
    `# calibration_ids: ${facts.calibrationIds.join(' ')}`,
    `# units: ${['', 's', ...units].map(csvField).join(',')}`,
    ['wafer_index', 'time_s', ...ids].map(csvField).join(','),
    '',
  ].join('\n');
}

/** One row for each frame, in the order of the header; an unseen value is an empty field. */
function csvRows(block: FrameBlock, channels: readonly Pick<Channel, 'id'>[]): string {
  return block.time_s
    .map((timeS, index) => {
      const values = channels.map(({ id }) => block.channels[id]?.[index] ?? null);
      return `${[block.wafer_index, timeS, ...values].map((value) => value ?? '').join(',')}\n`;
    })
    .join('');
}

function csvField(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
