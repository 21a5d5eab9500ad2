import { type ImplantInput, type Moments, SPECIES, type Species } from '@spectra/ion-physics';
import { numberIn, readReferenceTable } from './reference-table.ts';

/** A row of the range reference: the implant into amorphous silicon and its moments. */
export type RangeRow = { label: string; input: ImplantInput; reference: Moments };

/** All rows of the range reference, by species, then tilt, then energy. */
export function rangeRows(): RangeRow[] {
  const rows = readReferenceTable('ion-physics', 'bca_reference.csv').map((row): RangeRow => {
    const species = speciesOf(row['species'] ?? '');
    const input = amorphousImplant(species, numberIn(row, 'energy_keV'), numberIn(row, 'tilt_deg'));
    return {
      label: `${species} ${input.energyKeV} keV ${input.tiltDeg}°`,
      input,
      reference: {
        projectedRangeNm: numberIn(row, 'Rp_nm'),
        straggleNm: numberIn(row, 'dRp_nm'),
        lateralStraggleNm: numberIn(row, 'lateral_straggle_nm'),
        skewness: numberIn(row, 'skew'),
        kurtosis: numberIn(row, 'kurt'),
        backscatterFraction: numberIn(row, 'backscatter'),
      },
    };
  });
  const place = ({ input }: RangeRow) =>
    1e6 * SPECIES.indexOf(input.species) + 1e3 * input.tiltDeg + input.energyKeV;
  return rows.toSorted((a, b) => place(a) - place(b));
}

/** An implant as the range reference has it. */
export function amorphousImplant(species: Species, energyKeV: number, tiltDeg: number): ImplantInput {
  const target = { crystalline: false, layers: [] };
  return { species, energyKeV, dosePerCm2: 1e14, tiltDeg, twistDeg: 22, target };
}

/** The table names BF2 by what its boron does: `BF2(B@11/49)`. */
function speciesOf(name: string): Species {
  const species = SPECIES.find((each) => each === name.replace(/\(.*/, ''));
  if (species === undefined) throw new Error(`the range reference names an unknown species: ${name}`);
  return species;
}
