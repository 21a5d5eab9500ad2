import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { completedDossier, orgId } from '../test/a-dossier.ts';
import { fakeServices, type StoredFrames } from '../test/fake-services.ts';
import { readTelemetryFile, type TelemetryFormat } from './telemetry-files.ts';

/** So many frames, a blind sensor among them, in messages of a thousand. */
function framesUpTo(count: number): StoredFrames {
  return Array.from({ length: Math.ceil(count / 1000) }, (_, index) => {
    const rows = Array.from(
      { length: Math.min(1000, count - index * 1000) },
      (__, row) => index * 1000 + row,
    );
    return {
      seq: index + 1,
      time_s: rows.map((row) => row / 10),
      channels: {
        beam_current_ma: rows.map((row) => (row === 3 ? null : 5 + row / 1e6)),
        tilt_deg: rows.map(() => 7),
      },
    };
  });
}

async function fileOf(format: TelemetryFormat, frames: StoredFrames): Promise<Buffer> {
  const messaging = fakeServices({ dossier: completedDossier(), frames });
  const reader = { messaging, caller: { orgId, userId: 'u', role: 'viewer' as const }, traceparent: '00-t' };
  const file = await readTelemetryFile(reader, { runId: 'ION-1', format });
  if (!file.ok) throw new Error(file.refusal.detail);
  expect(file.value.name).toBe(`ION-1_telemetry.${format}`);
  return buffer(Readable.from(file.value.bytes, { objectMode: false }));
}

describe('telemetry as Parquet', () => {
  it('is read back, number by number, over several row groups', async () => {
    const frames = framesUpTo(25_500);
    const bytes = await fileOf('parquet', frames);
    const file = Uint8Array.from(bytes).buffer;
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(25_500);
    expect(rows[3]).toEqual({ wafer_index: 0, time_s: 0.3, beam_current_ma: null, tilt_deg: 7 });
    expect(rows.map((row) => row['time_s'])).toEqual(frames.flatMap((block) => block.time_s));
    expect(rows.at(-1)).toMatchObject({ beam_current_ma: 5 + 25_499 / 1e6 });
    const metadata = await parquetMetadataAsync(file);
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([10_000, 10_000, 5_500]);
    const told = Object.fromEntries(metadata.key_value_metadata?.map(({ key, value }) => [key, value]) ?? []);
    expect(told).toMatchObject({ run_id: 'ION-1', recipe_hash: 'h' });
    expect(JSON.parse(told['units'] ?? '')).toEqual({ time_s: 's', beam_current_ma: 'mA', tilt_deg: '°' });
    expect(JSON.parse(told['calibration_ids'] ?? '')).toEqual(['44444444-4444-4444-8444-444444444444']);
  });

  it('of a run without frames is a table without rows', async () => {
    const bytes = await fileOf('parquet', []);
    expect(await parquetReadObjects({ file: Uint8Array.from(bytes).buffer })).toEqual([]);
  });
});

it('every form has every frame', async () => {
  const frames = framesUpTo(2_300);
  const csv = (await fileOf('csv', frames)).toString().trim().split('\n');
  expect(csv.filter((line) => !line.startsWith('#'))).toHaveLength(2_301);
  expect(csv[9]).toBe('0,0.3,,7');
  const ndjson = (await fileOf('ndjson', frames)).toString().trim().split('\n');
  expect(ndjson).toHaveLength(2_301);
});
