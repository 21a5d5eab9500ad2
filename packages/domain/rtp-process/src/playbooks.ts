import type { Playbook } from '@spectra/run-engine';

const BORISENKO =
  'Borisenko & Hesketh, Rapid Thermal Processing of Semiconductors (1997), chapters on heating and pyrometry';
const FAIR =
  'Fair (ed.), Rapid Thermal Processing: Science and Technology (1993), chapters on temperature measurement and control';
const ASTROM = 'Åström & Hägglund, Advanced PID Control (2006), chapters on anti-windup and tuning';
const HANDBOOK = 'NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2';

/** What usually stands behind each signal of an annealing chamber, the likeliest first, and what to do about it. */
export const rtpPlaybooks: readonly Playbook[] = [
  {
    sources: ['overshoot', 'interlock.above_target', 'interlock.over_temperature', 'chart.max_overshoot_c'],
    title: 'The wafer goes above its target',
    causes: [
      {
        cause: 'Gains are too high, or the integral part winds up on a ramp that the lamps cannot follow',
        checks: [
          'Look at lamp power: at 100 % before the overshoot it was wound up',
          'See the warnings of the recipe',
        ],
        actions: [
          'Use the tuning advisor with the target of least overshoot',
          'Lower the ramp rate, or use MPC',
        ],
      },
      {
        cause: 'The wafer absorbs more than the model: another emissivity or film',
        checks: ['Compare the emissivity estimate with the recipe'],
        actions: ['Set the emissivity of the film in the recipe'],
      },
      {
        cause: 'A pyrometer reads low',
        checks: ['Compare pyrometers with thermocouples in the soak'],
        actions: ['Clean the window', 'Calibrate the pyrometer'],
      },
    ],
    references: [ASTROM, FAIR],
  },
  {
    sources: ['tracking_error'],
    title: 'The wafer does not follow its setpoint',
    causes: [
      {
        cause: 'The lamps are at their limit: the ramp is steeper than their power',
        checks: ['Look for lamp power at 0 or 100 % in the same seconds'],
        actions: ['Lower the ramp rate; the warning at submission names what is reachable'],
      },
      {
        cause: 'Lamps have aged or one zone has failed',
        checks: ['Compare lamp power in soak, zone by zone, with the runs of last week'],
        actions: ['Change the lamps of the zone'],
      },
      {
        cause: 'Cooling is slower than the recipe asks',
        checks: ['See whether the error is on the way down: below about 700 °C radiation is weak'],
        actions: ['Give the cooling segment more time'],
      },
    ],
    references: [BORISENKO, FAIR],
  },
  {
    sources: ['spc.tracking_error', 'chart.soak_error_c'],
    title: 'The soak temperature has shifted or drifts',
    causes: [
      {
        cause: 'A pyrometer drifts, or its window is being coated',
        checks: [
          'Compare pyrometer and thermocouples over the last runs',
          'Look at the chart for a slow, one-sided run',
        ],
        actions: ['Clean the window', 'Calibrate pyrometer and thermocouples'],
      },
      {
        cause: 'Gas flow or pressure differs and takes other heat away',
        checks: ['Compare flows and pressure with the runs before'],
        actions: ['Calibrate the mass-flow controllers'],
      },
      {
        cause: 'The integral gain is too low for the drift of the lamps',
        checks: ['See a steady error while lamp power moves slowly'],
        actions: ['Tune again from recorded runs'],
      },
    ],
    references: [FAIR, HANDBOOK],
  },
  {
    sources: ['zone_spread', 'interlock.zone_spread', 'chart.zone_spread_c'],
    title: 'The zones differ in temperature: slip and uneven activation follow',
    causes: [
      {
        cause: 'Lamps of one zone are weak',
        checks: ['Find the zone whose power is above its share', 'Measure the lamp currents of that zone'],
        actions: ['Change the lamps', 'Run the zone calibration afterwards'],
      },
      {
        cause: 'The wafer is not centred or the edge ring is worn',
        checks: ['Look at the outer zones alone', 'Inspect susceptor and edge ring'],
        actions: ['Teach the handler again', 'Change the edge ring'],
      },
      {
        cause: 'Patterned films absorb unevenly',
        checks: ['Compare with a bare wafer of the same recipe'],
        actions: ['Lower the ramp rate for this product'],
      },
    ],
    references: [BORISENKO, FAIR],
  },
  {
    sources: ['emissivity_shift'],
    title: 'Pyrometers and thermocouples disagree: the emissivity is not as told',
    causes: [
      {
        cause: 'The wafer has another film or doping than the recipe says',
        checks: ['Ask for the film stack of the lot', 'See whether all wafers of the lot show it'],
        actions: ['Set the emissivity in the recipe; keep one recipe for each stack'],
      },
      {
        cause: 'The pyrometer window is coated',
        checks: ['See whether the estimate fell slowly over many lots'],
        actions: ['Clean the window', 'Calibrate the pyrometer'],
      },
    ],
    references: [BORISENKO, FAIR],
  },
  {
    sources: ['interlock.pyrometer_failure'],
    title: 'A pyrometer does not measure or contradicts the others',
    causes: [
      {
        cause: 'Detector, fibre or its supply has failed',
        checks: [
          'Read the detector signal in the dark and at a known lamp power',
          'Check the fibre connector',
        ],
        actions: ['Change the pyrometer; calibrate it before the next wafer', 'Hold the wafer in work'],
      },
    ],
    references: [FAIR],
  },
  {
    sources: ['interlock.gas_flow', 'interlock.chamber_pressure'],
    title: 'Gas flow or pressure is not as the recipe says',
    causes: [
      {
        cause: 'Supply pressure is low or a valve is closed',
        checks: ['Read the supply pressure', 'Walk the line from the bottle to the chamber'],
        actions: ['Open or change the supply'],
      },
      {
        cause: 'A mass-flow controller sticks or has drifted',
        checks: ['Set it to zero and to full scale and read back'],
        actions: ['Calibrate or change the controller'],
      },
      {
        cause: 'The exhaust throttle or its gauge fails',
        checks: ['Compare throttle position with that of good runs'],
        actions: ['Service the throttle', 'Calibrate the pressure gauge'],
      },
    ],
    references: [BORISENKO],
  },
  {
    sources: ['interlock.lamp_stuck'],
    title: 'A lamp supply does not follow its setpoint',
    causes: [
      {
        cause: 'A thyristor of the supply conducts all the time',
        checks: ['Measure the zone current with a setpoint of zero'],
        actions: ['Cut the main contactor before opening the chamber', 'Change the power module'],
      },
    ],
    references: [FAIR],
  },
  {
    sources: ['fdc.channels'],
    title: 'Channels do not hang together as in good runs, though each alone is inside its limits',
    causes: [
      {
        cause: 'One zone works harder than the others for the same temperature: its lamps or reflector age',
        checks: [
          'Start with the channel of the largest contribution',
          'Compare zone powers with those of the learnt runs',
        ],
        actions: ['Change lamps or clean the reflector of the zone'],
      },
      {
        cause: 'A sensor among the named channels has drifted',
        checks: ['Compare it with its redundant sensor'],
        actions: ['Calibrate the sensor'],
      },
      {
        cause: 'A part was changed and the chamber now runs at another point',
        checks: ['Look for maintenance since the runs that the model learnt from'],
        actions: ['When the chamber is right, learn a new model from runs after the service and activate it'],
      },
    ],
    references: ['Jackson, A User’s Guide to Principal Components (1991), chapters 1 and 2', HANDBOOK],
  },
];
