/** Dopants the anneal chain follows; BF2 implants enter as boron (fluorine does not dope). */
export type DopantSpecies = 'B' | 'P' | 'As' | 'In' | 'Sb';

/** Concentration against depth: the wafer surface is depth 0; depths strictly increase. */
export type DopantProfile = {
  species: DopantSpecies;
  depthNm: readonly number[];
  concentrationPerCm3: readonly number[];
};
