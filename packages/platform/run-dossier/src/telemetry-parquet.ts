import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { telemetryHeader, type FrameBlock, type TelemetryFacts } from './telemetry-text.ts';

/** Frames of one row group: what is held in memory at a time. */
const rowsPerGroup = 10_000;

/**
 * Telemetry as Parquet, group by group: a row for each frame, a column for each channel, and what belongs to the table
 * (run, recipe hash, calibrations, units) as key-value metadata of the file.
 */
export async function* parquetBytes(
  facts: TelemetryFacts,
  frames: AsyncIterable<FrameBlock>,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const ids = facts.channels.map(({ id }) => id);
  const parquet = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(ids),
    createdBy: 'spectra',
    kvMetadata: Object.entries(telemetryHeader(facts)).map(([key, value]) => ({
      key,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    })),
  });
  let group = emptyGroup(ids);
  for await (const block of frames) {
    append(group, block, ids);
    if (group.timeS.length < rowsPerGroup) continue;
    await parquet.write({ columnData: columnsOf(group, ids), rowGroupSize: group.timeS.length });
    group = emptyGroup(ids);
    yield taken(bytes);
  }
  if (group.timeS.length > 0) {
    await parquet.write({ columnData: columnsOf(group, ids), rowGroupSize: group.timeS.length });
  }
  await parquet.finish();
  yield taken(bytes);
}

type Group = { waferIndex: number[]; timeS: number[]; channels: (number | null)[][] };

function emptyGroup(ids: readonly string[]): Group {
  return { waferIndex: [], timeS: [], channels: ids.map(() => []) };
}

function append(group: Group, block: FrameBlock, ids: readonly string[]): void {
  for (const [row, timeS] of block.time_s.entries()) {
    group.waferIndex.push(block.wafer_index);
    group.timeS.push(timeS);
    for (const [column, id] of ids.entries()) {
      group.channels[column]?.push(block.channels[id]?.[row] ?? null);
    }
  }
}

function schemaOf(ids: readonly string[]): ConstructorParameters<typeof ParquetWriter>[0]['schema'] {
  return [
    { name: 'telemetry', num_children: ids.length + 2 },
    { name: 'wafer_index', type: 'INT32', repetition_type: 'REQUIRED' },
    { name: 'time_s', type: 'DOUBLE', repetition_type: 'REQUIRED' },
    ...ids.map((name) => ({ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' }) as const),
  ];
}

function columnsOf(group: Group, ids: readonly string[]) {
  return [
    { name: 'wafer_index', data: group.waferIndex },
    { name: 'time_s', data: group.timeS },
    ...ids.map((name, column) => ({ name, data: group.channels[column] ?? [] })),
  ];
}

/** What was written since the last time; the writer goes on counting, but begins its buffer anew. */
function taken(bytes: ByteWriter): Uint8Array {
  const written = bytes.getBytes().slice();
  bytes.index = 0;
  return written;
}
