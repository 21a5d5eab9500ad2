import type { RecipeChange } from '@spectra/schemas';

/** Units by the end of a field's name, the longest ending first. */
const units: readonly (readonly [ending: string, unit: string])[] = [
  ['_atoms_cm2', 'cm⁻²'],
  ['_mm_s', 'mm/s'],
  ['_c_s', '°C/s'],
  ['_torr', 'Torr'],
  ['_kev', 'keV'],
  ['_deg', '°'],
  ['_slm', 'slm'],
  ['_pct', '%'],
  ['_ma', 'mA'],
  ['_mm', 'mm'],
  ['_nm', 'nm'],
  ['_c', '°C'],
  ['_s', 's'],
];

/** What differs between two contents, field by field in the order of the newer one, with units and in words. */
export function diffContent(before: unknown, after: unknown): RecipeChange[] {
  return diffAt('', before, after);
}

/** The unit that a field's name states, or null. */
function unitOf(path: string): string | null {
  return units.find(([ending]) => path.endsWith(ending))?.[1] ?? null;
}

function diffAt(path: string, before: unknown, after: unknown): RecipeChange[] {
  const [old, young] = [membersOf(before), membersOf(after)];
  if (old && young) {
    const names = [...new Set([...Object.keys(young), ...Object.keys(old)])];
    return names.flatMap((name) => diffAt(path === '' ? name : `${path}.${name}`, old[name], young[name]));
  }
  return Object.is(before, after) ? [] : [changeAt(path, before, after)];
}

/** Members of an object by name, or of a list by position; null for anything else. */
function membersOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? { ...value } : null;
}

function changeAt(path: string, before: unknown, after: unknown): RecipeChange {
  const unit = unitOf(path);
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const told = (value: unknown) => inWords(value, unit);
  const text = {
    added: `${path}: ${told(after)} added`,
    removed: `${path}: ${told(before)} removed`,
    changed: `${path}: ${told(before)} → ${told(after)}${byHowMuch(before, after)}`,
  }[kind];
  return {
    path,
    kind,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    unit,
    text,
  };
}

function inWords(value: unknown, unit: string | null): string {
  if (typeof value === 'number') {
    const number = value !== 0 && Math.abs(value) >= 1e6 ? value.toExponential() : String(value);
    return unit === null ? number : unit === '°' ? `${number}°` : `${number} ${unit}`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function byHowMuch(before: unknown, after: unknown): string {
  if (typeof before !== 'number' || typeof after !== 'number' || before === 0) return '';
  const percent = Number((((after - before) / Math.abs(before)) * 100).toPrecision(3));
  return ` (${percent > 0 ? '+' : '−'}${Math.abs(percent)} %)`;
}
