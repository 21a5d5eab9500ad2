import {
  chartArtifact,
  depthChartSvg,
  heatMapSvg,
  jsonArtifact,
  lineChartSvg,
  reportArtifact,
  shortNumber,
} from '@spectra/run-engine';
import type { ArtifactDraft, FinishContext, OutcomeDraft } from '@spectra/run-engine';
import { thumbnail } from './dose-map.ts';
import { planBeam } from './beam-plan.ts';
import { annealedOutcome, ASSUMED_ANNEAL, implantedProfile } from './implanted-wafer.ts';
import type { IonTypes } from './types.ts';

type Context = FinishContext<IonTypes>;

/** The dose map of every wafer, as numbers and as a picture. */
export function doseMapArtifacts(context: Context): Partial<OutcomeDraft> {
  const plan = planBeam(context.recipe);
  const planned = { recipe: context.recipe, scan: plan.settings };
  const artifacts = context.results.flatMap((result, index): ArtifactDraft[] => {
    const wafer = context.wafers[index]?.wafer_id ?? String(index + 1);
    const picture = thumbnail(result.doseMapPerCm2, planned);
    const title = `Dose map of wafer ${wafer}: ${shortNumber(result.dosePerCm2)} atoms/cm², 1σ ${result.uniformityPct.toFixed(3)} %`;
    const map = {
      wafer_id: wafer,
      unit: 'atoms/cm²',
      x_mm: picture.xMm,
      y_mm: picture.yMm,
      dose_atoms_cm2: picture.values,
    };
    return [
      jsonArtifact('dose_profile_2d', `dose_profile_2d_${wafer}.json`, map),
      chartArtifact(`dose_profile_2d_${wafer}.svg`, heatMapSvg(title, picture)),
    ];
  });
  return { artifacts };
}

/** Charts, alerts, prediction and report of the run. */
export function ionArtifacts(context: Context): Partial<OutcomeDraft> {
  const { outcome } = context;
  return {
    artifacts: [
      chartArtifact('beam_and_dose.svg', beamChart(context)),
      chartArtifact('dose.svg', doseChart(context)),
      chartArtifact('depth_profile.svg', depthChart(context)),
      jsonArtifact('spc_alerts', 'spc_alerts.json', { count: outcome.spcAlertsCount, points: outcome.spc }),
      jsonArtifact('vm_prediction', 'vm_prediction.json', {
        prediction: outcome.virtualMetrology,
        assumes: `capped anneal at ${ASSUMED_ANNEAL.tempC} °C for ${ASSUMED_ANNEAL.timeS} s with implant damage, bare crystalline Si (100)`,
      }),
      report(context),
    ],
  };
}

function beamChart({ telemetry }: Context): string {
  return lineChartSvg({
    title: 'Beam current',
    x: { label: 'Time in s' },
    y: { label: 'Beam current in mA' },
    series: [
      { name: 'measured', x: telemetry.timeS, y: telemetry.channels['beam_current_ma'] ?? [] },
      {
        name: 'setpoint',
        x: telemetry.timeS,
        y: telemetry.channels['beam_current_setpoint_ma'] ?? [],
        dashed: true,
      },
    ],
  });
}

function doseChart({ telemetry }: Context): string {
  return lineChartSvg({
    title: 'Integrated dose',
    x: { label: 'Time in s' },
    y: { label: 'Dose in atoms/cm²' },
    series: [
      { name: 'integrated', x: telemetry.timeS, y: telemetry.channels['integrated_dose_atoms_cm2'] ?? [] },
      {
        name: 'setpoint',
        x: telemetry.timeS,
        y: telemetry.channels['dose_setpoint_atoms_cm2'] ?? [],
        dashed: true,
      },
    ],
  });
}

function depthChart({ recipe, results }: Context): string {
  const dose = results.reduce((sum, result) => sum + result.dosePerCm2, 0) / results.length;
  const profile = implantedProfile(recipe, dose);
  const annealed = annealedOutcome(recipe, profile);
  const { depthNm, concentrationPerCm3 } = profile;
  const anneal = `if annealed ${ASSUMED_ANNEAL.tempC} °C, ${ASSUMED_ANNEAL.timeS} s`;
  return depthChartSvg(
    `Depth profile: ${recipe.species} ${recipe.energyKeV} keV, ${shortNumber(dose)} atoms/cm²`,
    [
      { name: 'as implanted', depthNm, perCm3: concentrationPerCm3 },
      ...(annealed
        ? [{ name: anneal, depthNm: annealed.depthNm, perCm3: annealed.totalPerCm3, dashed: true as const }]
        : []),
    ],
  );
}

function report({ recipe, wafers, outcome }: Context): ArtifactDraft {
  const table = (numbers: Readonly<Record<string, number | null>>) =>
    Object.entries(numbers).map(
      ([name, value]) => `| ${name} | ${value === null ? 'not determined' : shortNumber(value)} |`,
    );
  const lines = [
    `# Implant of ${wafers.length} wafer${wafers.length === 1 ? '' : 's'}`,
    '',
    `${recipe.species}, ${recipe.energyKeV} keV, ${shortNumber(recipe.dosePerCm2)} atoms/cm², tilt ${recipe.tiltDeg}°, twist ${recipe.twistDeg}°.`,
    '',
    '| metric | value |',
    '|---|---|',
    ...table(outcome.metrics),
    '',
    `## Predicted after a capped anneal at ${ASSUMED_ANNEAL.tempC} °C for ${ASSUMED_ANNEAL.timeS} s`,
    '',
    '| quantity | value |',
    '|---|---|',
    ...table(outcome.virtualMetrology),
    '',
    '## Next run',
    '',
    ...outcome.advice.map(
      (advice) => `- ${advice.parameter}: ${advice.present} → ${advice.proposed} (${advice.reason})`,
    ),
    '',
  ];
  return reportArtifact(lines);
}
