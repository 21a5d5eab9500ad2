import type { SimulatorFault } from '@spectra/schemas';

/** An anneal that the controllers are compared on. */
export type RtpCase = { name: string; body: Record<string, unknown> };

/** A chamber that is not as the recipe says: faults of the simulator. `trips`: the run must not come to its end. */
export type DisturbedPlant = {
  name: string;
  faults: SimulatorFault[];
  /** Single disturbances, for which the specification states goals; the others go beyond it. */
  goal: 'nominal' | 'robust' | 'beyond' | 'trip';
};

const hold = (target: number, duration: number, ramp: number) => ({
  target_temp_c: target,
  duration_s: duration,
  ramp_rate_c_s: ramp,
});
const spike = (target: number, duration: number, ramp: number) => ({
  kind: 'spike',
  ...hold(target, duration, ramp),
});

/** Ten recipes over what the chamber is used for; the first is the one that the goals are stated for. */
export const RECIPES: readonly RtpCase[] = [
  { name: 'soak 1000 °C after 100 °C/s', body: { segments: [hold(1000, 40, 100)] } },
  { name: 'soak 850 °C after 50 °C/s', body: { segments: [hold(850, 45, 50)] } },
  { name: 'soak 1100 °C after 75 °C/s', body: { segments: [hold(1100, 40, 75)] } },
  { name: 'soak 1200 °C after 50 °C/s', body: { segments: [hold(1200, 45, 50)] } },
  { name: 'silicide 550 °C after 30 °C/s', body: { segments: [hold(550, 45, 30)] } },
  {
    name: 'two steps 650, 1000 °C, down to 700 °C',
    body: { segments: [hold(650, 30, 50), hold(1000, 25, 80), hold(700, 30, 20)] },
  },
  {
    name: 'spike 1050 °C at 250 °C/s from 650 °C',
    body: { segments: [hold(650, 30, 50), spike(1050, 2.5, 250), spike(600, 10, 80)] },
  },
  {
    name: 'oxidation 1000 °C in 5 slm O₂',
    body: { segments: [hold(1000, 40, 60)], n2_flow_slm: 5, o2_flow_slm: 5 },
  },
  {
    name: 'soak 950 °C at 10 Torr',
    body: { segments: [hold(950, 40, 80)], pressure_torr: 10, n2_flow_slm: 2 },
  },
  {
    name: 'soak 1000 °C, 200 mm, emissivity 0.4',
    body: { segments: [hold(1000, 40, 60)], wafer_diameter_mm: 200, emissivity: 0.4 },
  },
];

const hotter = { kind: 'emissivity_shift', at_s: 0, magnitude: 0.2 };
const colder = { kind: 'emissivity_shift', at_s: 0, magnitude: -0.2 };
const weak = { kind: 'lamp_zone_weak', at_s: 0, magnitude: 0.8 };
const noisy = { kind: 'pyrometer_noise', at_s: 0, magnitude: 3 };
const lessGas = { kind: 'gas_loss', at_s: 0, magnitude: 0.2 };

/** Ten chambers: as told, one disturbance, several, and one that must be stopped. */
export const PLANTS: readonly DisturbedPlant[] = [
  { name: 'nominal', faults: [], goal: 'nominal' },
  { name: 'emissivity +20 %', faults: [hotter], goal: 'robust' },
  { name: 'emissivity −20 %', faults: [colder], goal: 'robust' },
  { name: 'lamp zone 3 at 80 %', faults: [weak], goal: 'robust' },
  { name: 'pyrometer noise ×3', faults: [noisy], goal: 'robust' },
  { name: 'a fifth of the gas lost', faults: [lessGas], goal: 'robust' },
  { name: 'emissivity −20 % and weak zone', faults: [colder, weak], goal: 'beyond' },
  { name: 'emissivity +20 % and noise ×3', faults: [hotter, noisy], goal: 'beyond' },
  {
    name: 'emissivity −20 %, weak zone, noise ×3, less gas',
    faults: [colder, weak, noisy, lessGas],
    goal: 'beyond',
  },
  { name: 'all gas lost at 7 s', faults: [{ kind: 'gas_loss', at_s: 7 }], goal: 'trip' },
];

export const CONTROLLERS = ['pid', 'mpc'] as const;
export type ControllerName = (typeof CONTROLLERS)[number];
