import type { Playbook } from '@spectra/run-engine';

const RYSSEL = 'Ryssel & Ruge, Ion Implantation (1986), chapters on implanters and dosimetry';
const ZIEGLER =
  'Ziegler (ed.), Ion Implantation Science and Technology (2000), chapters on dose control and vacuum';
const HANDBOOK = 'NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2';

/** What usually stands behind each signal of an implanter, the likeliest first, and what to do about it. */
export const ionPlaybooks: readonly Playbook[] = [
  {
    sources: ['beam_drift', 'spc.beam_current', 'interlock.beam_current'],
    title: 'Beam current drifts or leaves its band',
    causes: [
      {
        cause: 'The ion source ages: filament or cathode wears, the arc chamber is coated',
        checks: [
          'Compare source current setpoint and beam current over the last runs: a falling yield points here',
          'Read source hours since the last maintenance',
        ],
        actions: ['Retune the source', 'Plan the source change when the yield fell by more than 10 %'],
      },
      {
        cause: 'The feed gas or vaporiser is not steady',
        checks: [
          'Look at the source pressure in the same seconds',
          'Check bottle pressure and vaporiser temperature',
        ],
        actions: [
          'Change the bottle or refill the vaporiser',
          'Let the vaporiser settle before the next wafer',
        ],
      },
      {
        cause: 'The analyser magnet or the extraction voltage has drifted off the mass peak',
        checks: ['Compare analyser field with its setpoint', 'Run a mass scan'],
        actions: ['Recentre the mass peak', 'Calibrate the magnet probe'],
      },
    ],
    references: [RYSSEL, ZIEGLER],
  },
  {
    sources: ['beam_glitch'],
    title: 'The beam failed for a moment',
    causes: [
      {
        cause: 'Discharge in the extraction gap or on an insulator',
        checks: ['Count glitches per hour', 'Look for a rise of source pressure just before'],
        actions: ['Condition the extraction at high voltage', 'Clean or change the extraction electrode'],
      },
      {
        cause: 'Residue in the arc chamber shorts the plasma',
        checks: ['Read the arc current at the time of the glitch'],
        actions: ['Run a cleaning gas', 'Change the source when glitches go on'],
      },
    ],
    references: [ZIEGLER],
  },
  {
    sources: ['process_pressure', 'interlock.process_pressure'],
    title: 'Process pressure is high: ions are neutralised and escape the count',
    causes: [
      {
        cause: 'Resist outgasses under the beam',
        checks: [
          'See whether pressure rises with the beam and falls when it is gated',
          'Ask for the resist and its bake',
        ],
        actions: ['Lower the beam current', 'Bake or UV-cure the resist before the implant'],
      },
      {
        cause: 'A leak, or a cryo pump that needs regeneration',
        checks: ['Compare base pressure without beam with that of last week', 'Read the cryo temperature'],
        actions: ['Regenerate the pump', 'Search the leak with helium'],
      },
      {
        cause: 'The vacuum gauge has drifted',
        checks: ['Compare with the second gauge', 'Look at the calibration date'],
        actions: ['Calibrate the gauge; the dose correction depends on it'],
      },
    ],
    references: [ZIEGLER],
  },
  {
    sources: ['interlock.faraday_mismatch'],
    title: 'Faraday cup and drain current disagree: the dose is in doubt',
    causes: [
      {
        cause: 'Secondary electrons leave or enter the cup: bias or magnet of the suppression failed',
        checks: ['Read the suppression voltage', 'Measure the current with the bias off: it must change'],
        actions: [
          'Repair the suppression before any further wafer',
          'Measure sheet resistance of the wafer in work',
        ],
      },
      {
        cause: 'The cup is coated or its cable leaks',
        checks: ['Measure the insulation of cup and cable', 'Inspect the cup'],
        actions: ['Clean or change the cup', 'Calibrate the beam-current integrator'],
      },
      {
        cause: 'Neutralised beam: the pressure is too high for the correction',
        checks: ['Look at the process pressure of the same seconds'],
        actions: ['Follow the playbook of the process pressure'],
      },
    ],
    references: [RYSSEL, ZIEGLER],
  },
  {
    sources: ['interlock.analyzer_field'],
    title: 'The analyser field does not pass the wanted mass',
    causes: [
      {
        cause: 'The magnet supply does not follow its setpoint',
        checks: ['Compare setpoint, supply current and probe', 'Look for a supply alarm'],
        actions: ['Reset or change the supply', 'Cycle the magnet against hysteresis'],
      },
      {
        cause: 'The probe has drifted',
        checks: ['Run a mass scan with a known gas', 'Look at the calibration date'],
        actions: [
          'Calibrate the probe',
          'Treat wafers since the last good scan as suspect: another mass may have passed',
        ],
      },
    ],
    references: [RYSSEL],
  },
  {
    sources: ['dose_uniformity', 'interlock.dose_uniformity', 'chart.dose_uniformity_pct'],
    title: 'The dose is uneven over the wafer',
    causes: [
      {
        cause: 'The fast scan is skewed or its amplifier saturates',
        checks: [
          'Look at the dose map: a tilt across columns points here',
          'Read the measured column profile',
        ],
        actions: [
          'Let the waveform correction settle; measure the profile again',
          'Service the scan amplifier',
        ],
      },
      {
        cause: 'Beam current changed during the slow scan',
        checks: [
          'Look at the dose map: stripes across the stroke point here',
          'See beam glitches and drift of the run',
        ],
        actions: ['Follow the playbook of the beam current', 'Choose more strokes for this dose'],
      },
      {
        cause: 'Wafer charging spreads the beam',
        checks: ['Read the flood gun current', 'Compare wafers with thick oxide to bare ones'],
        actions: ['Raise the flood gun emission', 'Lower the beam current'],
      },
    ],
    references: [RYSSEL, ZIEGLER],
  },
  {
    sources: ['chart.dose_error_pct', 'interlock.overdose'],
    title: 'The dose is off its setpoint',
    causes: [
      {
        cause: 'Calibration of the beam-current integrator',
        checks: [
          'Look at the calibration date and its last factor',
          'Compare with sheet resistance of a monitor wafer',
        ],
        actions: ['Calibrate the integrator', 'Let run-to-run control correct what metrology confirms'],
      },
      {
        cause: 'Neutralisation that the pressure correction does not cover',
        checks: ['Compare mean process pressure of the run with the runs before'],
        actions: ['Follow the playbook of the process pressure'],
      },
      {
        cause: 'The gate closes late',
        checks: ['Read the tool journal: dose at the end against the setpoint'],
        actions: ['Service the beam gate'],
      },
    ],
    references: [ZIEGLER, HANDBOOK],
  },
  {
    sources: ['wafer_temperature', 'interlock.wafer_temperature'],
    title: 'The wafer is too hot',
    causes: [
      {
        cause: 'Platen cooling: backside gas or water flow is low, the clamp does not seat',
        checks: ['Read backside gas pressure and water flow', 'Inspect the platen surface for particles'],
        actions: ['Clean the platen', 'Restore the flow before the next wafer'],
      },
      {
        cause: 'Beam power is too high for the recipe',
        checks: ['Multiply energy and current; compare with recipes that run cool'],
        actions: ['Lower the beam current'],
      },
    ],
    references: [RYSSEL],
  },
  {
    sources: ['interlock.wafer_angle'],
    title: 'The wafer is off its tilt or twist: channeling and shadowing change',
    causes: [
      {
        cause: 'The holder lost its reference',
        checks: ['Home the axes and compare', 'Measure a V-curve on bare silicon'],
        actions: ['Home and calibrate the holder', 'Hold the wafer: its profile is not the planned one'],
      },
    ],
    references: [ZIEGLER],
  },
  {
    sources: ['fdc.channels'],
    title: 'Channels do not hang together as in good runs, though each alone is inside its limits',
    causes: [
      {
        cause: 'A sensor among the named channels has drifted',
        checks: [
          'Start with the channel of the largest contribution',
          'Compare it with its redundant sensor',
        ],
        actions: ['Calibrate the sensor'],
      },
      {
        cause: 'A part was changed or serviced and the tool now runs at another point',
        checks: ['Look for maintenance since the runs that the model learnt from'],
        actions: ['When the tool is right, learn a new model from runs after the service and activate it'],
      },
    ],
    references: ['Jackson, A User’s Guide to Principal Components (1991), chapters 1 and 2', HANDBOOK],
  },
];
