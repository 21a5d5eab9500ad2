import {
  chartArtifact,
  depthChartSvg,
  jsonArtifact,
  lineChartSvg,
  reportArtifact,
  shortNumber,
} from '@spectra/run-engine';
import type {
  ArtifactDraft,
  FinishContext,
  LineChart,
  OutcomeDraft,
  RunTelemetry,
} from '@spectra/run-engine';
import { CHAMBER } from './chamber.ts';
import type { RtpTypes } from './types.ts';

type Context = FinishContext<RtpTypes>;

/** Charts, alerts, prediction and performance report of the run. */
export function rtpArtifacts(context: Context): Partial<OutcomeDraft> {
  const { outcome, telemetry } = context;
  return {
    artifacts: [
      svg('temperature_profile.svg', temperatureChart(telemetry)),
      svg('lamp_power.svg', lampChart(telemetry)),
      svg('ramp_error.svg', errorChart(telemetry)),
      ...depthCharts(context),
      jsonArtifact('spc_alerts', 'spc_alerts.json', { count: outcome.spcAlertsCount, points: outcome.spc }),
      jsonArtifact('vm_prediction', 'vm_prediction.json', {
        prediction: outcome.virtualMetrology,
        profile_source: outcome.waferRecords.map((record) => record['profile_source']),
        assumes: 'capped surface, implant damage, substrate of 1e15 atoms/cm³ of the other type',
      }),
      report(context),
    ],
  };
}

const TIME = { label: 'Time in s' } as const;

function temperatureChart(telemetry: RunTelemetry): LineChart {
  return {
    title: 'Wafer temperature',
    x: TIME,
    y: { label: 'Temperature in °C' },
    series: [
      line(telemetry, 'setpoint', 'setpoint_temp_c', true),
      ...zones((zone) => line(telemetry, `zone ${zone}`, `zone_${zone}_measured_temp_c`)),
    ],
  };
}

function lampChart(telemetry: RunTelemetry): LineChart {
  return {
    title: 'Lamp power',
    x: TIME,
    y: { label: 'Lamp power in %' },
    series: zones((zone) => line(telemetry, `zone ${zone}`, `zone_${zone}_lamp_power_pct`)),
  };
}

function errorChart(telemetry: RunTelemetry): LineChart {
  return {
    title: 'Tracking error',
    x: TIME,
    y: { label: 'Measured − setpoint in °C' },
    series: [line(telemetry, 'error', 'ramp_error_c')],
  };
}

function zones<Item>(make: (zone: number) => Item): Item[] {
  return Array.from({ length: CHAMBER.zoneCount }, (_, zone) => make(zone + 1));
}

function line(telemetry: RunTelemetry, name: string, channel: string, dashed?: true) {
  const y = telemetry.channels[channel] ?? [];
  return { name, x: telemetry.timeS, y, ...(dashed ? { dashed } : {}) };
}

/** Dopant before and after, one chart a wafer, where a dopant is known. */
function depthCharts({ outcome, wafers }: Context): ArtifactDraft[] {
  return outcome.waferRecords.flatMap((record, index) => {
    const depth = record['depth_nm'];
    if (!isNumbers(depth)) return [];
    const wafer = wafers[index]?.wafer_id ?? String(index + 1);
    const series = [
      { name: 'as implanted', key: 'initial_cm3' },
      { name: 'annealed', key: 'concentration_cm3' },
      { name: 'active', key: 'active_cm3' },
    ].flatMap(({ name, key }) => {
      const values = record[key];
      if (!isNumbers(values)) return [];
      return [{ name, depthNm: depth, perCm3: values }];
    });
    const title = `Dopant profile of wafer ${wafer} (${String(record['dopant'])})`;
    return [chartArtifact(`dopant_profile_${wafer}.svg`, depthChartSvg(title, series))];
  });
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}

function report({ recipe, wafers, outcome }: Context): ArtifactDraft {
  const table = (numbers: Readonly<Record<string, number | null>>) =>
    Object.entries(numbers).map(
      ([name, value]) => `| ${name} | ${value === null ? 'not determined' : shortNumber(value)} |`,
    );
  const segments = recipe.plan.segments.map(
    (segment, index) =>
      `| ${index + 1} | ${segment.fromC} → ${segment.targetC} | ${shortNumber(segment.askedCPerS)} | ${(segment.endS - segment.startS).toFixed(1)} |`,
  );
  const lines = [
    `# Anneal of ${wafers.length} wafer${wafers.length === 1 ? '' : 's'}`,
    '',
    `Controller: ${recipe.controller.toUpperCase()}. Emissivity told: ${recipe.emissivity}.`,
    '',
    '| segment | °C | °C/s asked | s |',
    '|---|---|---|---|',
    ...segments,
    '',
    '## Performance (worst wafer)',
    '',
    '| metric | value |',
    '|---|---|',
    ...table(outcome.metrics),
    '',
    '## Predicted outcome (mean of the wafers)',
    '',
    '| quantity | value |',
    '|---|---|',
    ...table(outcome.virtualMetrology),
    '',
  ];
  return reportArtifact(lines);
}

function svg(name: string, chart: LineChart): ArtifactDraft {
  return chartArtifact(name, lineChartSvg(chart));
}
