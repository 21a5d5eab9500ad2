/** The calls that the HTTP specification prints, as they stand. */
export const implantExample = {
  species: 'P',
  energy_kev: 40.0,
  dose_atoms_cm2: 1e15,
  tilt_deg: 7.0,
  twist_deg: 0.0,
  beam_current_ma: 5.0,
  scan_speed_mm_s: 50.0,
  wafer_diameter_mm: 300,
  wafer_id: 'W12345',
  lot_id: 'LOT-001',
  comments: 'Test run',
};

export const annealExample = {
  segments: [
    { target_temp_c: 800, duration_s: 5, ramp_rate_c_s: 50 },
    { target_temp_c: 1000, duration_s: 10, ramp_rate_c_s: 40 },
    { target_temp_c: 1000, duration_s: 30 },
    { target_temp_c: 400, duration_s: 15, ramp_rate_c_s: 40 },
  ],
  initial_temp_c: 25.0,
  n2_flow_slm: 10.0,
  o2_flow_slm: 0.0,
  controller_type: 'pid',
  pid_kp: 5.0,
  pid_ki: 0.5,
  pid_kd: 1.0,
  wafer_id: 'W12345',
  ion_implant_context: { species: 'P', energy_kev: 40.0, dose_atoms_cm2: 1e15 },
  lot_id: 'LOT-001',
  comments: 'Activation anneal',
};

export const doseProfileExample = {
  species: 'B',
  energy_kev: 20.0,
  dose_atoms_cm2: 5e14,
  tilt_deg: 7.0,
  twist_deg: 0.0,
};

export const tuneExample = {
  controller_type: 'pid',
  recipe: { segments: [{ target_temp_c: 1000, duration_s: 30 }] },
  optimization_target: 'minimize_overshoot',
};

/** A short anneal for tests that need many. */
export const shortAnneal = {
  segments: [
    { target_temp_c: 600, duration_s: 8, ramp_rate_c_s: 90 },
    { target_temp_c: 600, duration_s: 3 },
  ],
  controller_type: 'pid',
  wafer_id: 'W1',
  ion_implant_context: { species: 'P', energy_kev: 40.0, dose_atoms_cm2: 1e15 },
};
