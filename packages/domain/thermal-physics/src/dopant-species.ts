/** Dopants the anneal chain follows; BF2 implants enter as boron (fluorine does not dope). */
export type DopantSpecies = 'B' | 'P' | 'As' | 'In' | 'Sb';

/** Concentration against depth: the wafer surface is depth 0; depths strictly increase. */
export type DopantProfile = {
  species: DopantSpecies;
  depthNm: readonly number[];
  concentrationPerCm3: readonly number[];
};

/** +1 for donors (electrons follow the dopant), -1 for acceptors (holes do). */
export function dopantSign(species: DopantSpecies): 1 | -1 {
  return species === 'B' || species === 'In' ? -1 : 1;
}
