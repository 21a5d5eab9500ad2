import type { ProcessDefinition } from '@spectra/run-engine';
import { rtpChannels, SAMPLING_S } from './channels.ts';
import { rtpCompliance } from './compliance.ts';
import { rtpController } from './controller.ts';
import { rtpFaultKinds } from './faults.ts';
import { rtpInterlocks } from './interlocks.ts';
import { rtpMetrology } from './metrology.ts';
import { rtpMonitoring } from './monitoring.ts';
import { rtpFinish } from './outcome.ts';
import { rtpPlant } from './plant.ts';
import { rtpRecipeRules } from './recipe.ts';
import { rtpPrediction } from './predict-wafer.ts';
import { rtpLoops } from './run-to-run-loops.ts';
import type { RtpTypes } from './types.ts';

/** Rapid thermal processing. */
export const rtpProcess: ProcessDefinition<RtpTypes> = {
  id: 'rtp',
  title: 'Rapid thermal processing',
  jobType: 'rtp',
  equipmentType: 'rtp_chamber',
  calibrationTypes: ['pyrometer', 'thermocouple', 'pressure_gauge', 'mass_flow_controller'],
  upstreamProcess: 'ion',
  interruptedWafer: 'hold',
  defaultTimeScale: 10,
  samplingS: SAMPLING_S,
  channels: rtpChannels,
  faultKinds: rtpFaultKinds,
  recipe: rtpRecipeRules,
  progress: {
    validated: 5,
    toolReady: 10,
    controllersReady: 15,
    processStart: 20,
    processEnd: 80,
    stepText: ({ index, count }) => `Annealing wafer ${index + 1}/${count}`,
  },
  plant: rtpPlant,
  controller: rtpController,
  interlocks: rtpInterlocks,
  compliance: rtpCompliance,
  metrology: rtpMetrology,
  monitoring: rtpMonitoring,
  runToRun: rtpLoops,
  virtualMetrology: rtpPrediction,
  finish: rtpFinish,
};
