import { type ImplantInput, implantProfile, type Species } from '@spectra/ion-physics';
import { type AnnealInput, type AnnealOutcome, annealProfile } from '@spectra/thermal-physics';
import { type CheckedRow, relativeCheck } from './check.ts';
import { numberIn, type ReferenceRow, readReferenceTable } from './reference-table.ts';

type Dopant = Extract<Species, 'B' | 'As' | 'P' | 'Sb'>;
const DOPANTS: Readonly<Record<string, Dopant>> = {
  boron: 'B',
  arsenic: 'As',
  phosphorus: 'P',
  antimony: 'Sb',
};

/** A reference anneal: the row, and the profiles that belong to it. */
export type AnnealCase = {
  label: string;
  dopant: Dopant;
  row: ReferenceRow;
  points: readonly ReferenceRow[];
};

/** Quantities of the reference table with the tolerance in per cent from the reference's own start profile. */
const QUANTITIES = [
  { column: 'xj_bg1e15_um', name: 'junction at 10¹⁵ (µm)', tolerancePct: 3 },
  { column: 'xj_1e17_um', name: 'at 10¹⁷ (µm)', tolerancePct: 3 },
  { column: 'xj_1e18_um', name: 'at 10¹⁸ (µm)', tolerancePct: 3 },
  { column: 'retained_dose_cm-2', name: 'retained dose (1/cm²)', tolerancePct: 3 },
  { column: 'active_dose_cm-2', name: 'active dose (1/cm²)', tolerancePct: 3 },
  { column: 'Rs_ohm_sq_Masetti_active', name: 'sheet resistance (Ω/sq)', tolerancePct: 5 },
] as const;
/** The reference's own implants differ from the range reference, so a whole chain agrees only about this well. */
const CHAIN_TOLERANCE_PCT = 15;
const HALVING_TOLERANCE_PCT = 0.5;

/** All reference anneals. */
export function annealCases(): AnnealCase[] {
  return readReferenceTable('thermal-physics', 'anneal.csv').map((row) => {
    const dopant = DOPANTS[row['dopant'] ?? ''];
    if (dopant === undefined)
      throw new Error(`the anneal reference names an unknown dopant: ${row['dopant']}`);
    const file = `${row['dopant']}_${row['dose_cm-2']}_${row['energy_keV']}keV_${row['temp_C']}C_${row['time_s']}s.csv`;
    return {
      label: `${dopant} ${row['dose_cm-2']} ${row['energy_keV']} keV, ${row['temp_C']} °C ${row['time_s']} s`,
      dopant,
      row,
      points: readReferenceTable('thermal-physics', `anneal_profiles/${file}`),
    };
  });
}

/** Anneals of the reference's own as-implanted profiles; the last check halves grid and time error. */
export function anneals(): CheckedRow[] {
  return annealCases().map((each) => {
    const input = annealInput(each, referenceStart(each));
    const found = quantitiesOf(annealProfile(input));
    const finer = quantitiesOf(
      annealProfile({ ...input, resolution: { gridRefinement: 2, timeTolerance: 0.25 } }),
    );
    const halving = QUANTITIES.map(({ column }) => 100 * Math.abs(found[column] / finer[column] - 1));
    return {
      label: each.label,
      checks: [
        ...QUANTITIES.map(({ column, name, tolerancePct }) =>
          relativeCheck({
            quantity: name,
            reference: numberIn(each.row, column),
            value: found[column],
            tolerance: tolerancePct,
          }),
        ),
        { ...halvingCheck(Math.max(...halving)) },
      ],
    };
  });
}

/** Our own implant into amorphous silicon at 7°, then our anneal. */
export function wholeChains(): CheckedRow[] {
  return annealCases().map((each) => {
    const found = quantitiesOf(annealProfile(annealInput(each, ownStart(each))));
    return {
      label: each.label,
      checks: QUANTITIES.map(({ column, name }) =>
        relativeCheck({
          quantity: name,
          reference: numberIn(each.row, column),
          value: found[column],
          tolerance: CHAIN_TOLERANCE_PCT,
        }),
      ),
    };
  });
}

/** The reference's as-implanted profile. */
export function referenceStart({ dopant, points }: AnnealCase): AnnealInput['profile'] {
  return {
    species: dopant,
    depthNm: points.map((point) => 1000 * numberIn(point, 'depth_um')),
    concentrationPerCm3: points.map((point) => numberIn(point, 'as_implanted_cm3')),
  };
}

/** Deviation in per cent of the junctions when the same chain starts from crystalline silicon at 7°/0°. */
export function crystallineJunctions(): { label: string; pct: number[] }[] {
  return annealCases().map((each) => {
    const found = quantitiesOf(annealProfile(annealInput(each, crystallineStart(each))));
    const junctions = QUANTITIES.slice(0, 3).map(({ column }) => column);
    return {
      label: each.label,
      pct: junctions.map((column) => 100 * (found[column] / numberIn(each.row, column) - 1)),
    };
  });
}

/** The same implant by our fast profile, into amorphous silicon. */
export function ownStart(each: AnnealCase): AnnealInput['profile'] {
  return implanted(each, { twistDeg: 22, target: { crystalline: false, layers: [] } });
}

function crystallineStart(each: AnnealCase): AnnealInput['profile'] {
  return implanted(each, { twistDeg: 0 });
}

function implanted(
  { dopant, row }: AnnealCase,
  into: Pick<ImplantInput, 'twistDeg' | 'target'>,
): AnnealInput['profile'] {
  const { depthNm, concentrationPerCm3 } = implantProfile({
    species: dopant,
    energyKeV: numberIn(row, 'energy_keV'),
    dosePerCm2: numberIn(row, 'dose_cm-2'),
    tiltDeg: 7,
    ...into,
  });
  return {
    species: dopant,
    depthNm: Array.from(depthNm),
    concentrationPerCm3: Array.from(concentrationPerCm3),
  };
}

/** As the reference anneals: bare surface, no implant damage, activation at equilibrium. */
export function annealInput({ row }: AnnealCase, profile: AnnealInput['profile']): AnnealInput {
  const temperatureK = numberIn(row, 'temp_C') + 273.15;
  return {
    profile,
    backgroundPerCm3: 1e15,
    history: [
      { timeS: 0, temperatureK },
      { timeS: numberIn(row, 'time_s'), temperatureK },
    ],
    surface: 'bare',
    damage: false,
  };
}

function quantitiesOf(outcome: AnnealOutcome): Record<(typeof QUANTITIES)[number]['column'], number> {
  return {
    xj_bg1e15_um: outcome.junctionDepthUm.atBackground ?? Number.NaN,
    xj_1e17_um: outcome.junctionDepthUm.at1e17 ?? Number.NaN,
    xj_1e18_um: outcome.junctionDepthUm.at1e18 ?? Number.NaN,
    'retained_dose_cm-2': outcome.retainedDosePerCm2,
    'active_dose_cm-2': outcome.activeDosePerCm2,
    Rs_ohm_sq_Masetti_active: outcome.sheetResistanceOhmSq,
  };
}

function halvingCheck(changePct: number) {
  return {
    quantity: 'largest change on halving grid and step (%)',
    reference: 0,
    value: changePct,
    deviation: changePct,
    tolerance: HALVING_TOLERANCE_PCT,
    relative: false,
    passed: changePct <= HALVING_TOLERANCE_PCT,
  };
}
