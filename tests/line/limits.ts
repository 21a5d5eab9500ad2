/** Limits of requirements R1-11 and R1-19 with R0-7: a field, what is just allowed, and what is just not. */
export const ionLimits: readonly (readonly [string, number, number])[] = [
  ['energy_kev', 1, 0.99],
  ['energy_kev', 200, 200.01],
  ['dose_atoms_cm2', 1e11, 0.99e11],
  ['dose_atoms_cm2', 1e16, 1.01e16],
  ['tilt_deg', 0, -0.01],
  ['tilt_deg', 90, 90.01],
  ['twist_deg', 0, -0.01],
  ['twist_deg', 90, 90.01],
  ['beam_current_ma', 0.1, 0.09],
  ['beam_current_ma', 50, 50.01],
  ['scan_speed_mm_s', 1, 0.99],
  ['scan_speed_mm_s', 100, 100.01],
];

type Segment = Record<string, unknown>;
const normal = (change: Segment) => ({ target_temp_c: 1100, duration_s: 20, ...change });
const spike = (change: Segment) => ({ kind: 'spike', ...normal(change) });
const down = { target_temp_c: 900 };

/** The second segment of an anneal whose first one goes to 1000 °C; the last field is the one at its limit. */
export const rtpLimits: readonly (readonly [string, Segment, Segment])[] = [
  ['target_temp_c', normal({ target_temp_c: 400 }), normal({ target_temp_c: 399 })],
  ['target_temp_c', normal({ target_temp_c: 1200 }), normal({ target_temp_c: 1201 })],
  ['duration_s', normal({ duration_s: 0 }), normal({ duration_s: -1 })],
  ['duration_s', normal({ duration_s: 300 }), normal({ duration_s: 301 })],
  ['ramp_rate_c_s', normal({ ramp_rate_c_s: 100 }), normal({ ramp_rate_c_s: 101 })],
  ['ramp_rate_c_s', normal({ ...down, ramp_rate_c_s: 50 }), normal({ ...down, ramp_rate_c_s: 51 })],
  ['ramp_rate_c_s', spike({ ramp_rate_c_s: 250 }), spike({ ramp_rate_c_s: 251 })],
  ['ramp_rate_c_s', spike({ ...down, ramp_rate_c_s: 90 }), spike({ ...down, ramp_rate_c_s: 91 })],
];

export const gasLimits: readonly (readonly [string, number, number])[] = [
  ['n2_flow_slm', 0, -0.1],
  ['n2_flow_slm', 20, 20.1],
  ['o2_flow_slm', 0, -0.1],
  ['o2_flow_slm', 5, 5.1],
];
