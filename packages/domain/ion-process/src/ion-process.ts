import type { ProcessDefinition } from '@spectra/run-engine';
import { ionChannels, SAMPLING_S } from './channels.ts';
import { ionCompliance } from './compliance.ts';
import { ionController } from './controller.ts';
import { ionFaultKinds } from './faults.ts';
import { ionInterlocks } from './interlocks.ts';
import { ionMetrology } from './metrology.ts';
import { ionMonitoring } from './monitoring.ts';
import { ionFinish } from './outcome.ts';
import { ionPlant } from './plant.ts';
import { ionRecipeRules } from './recipe.ts';
import { ionPrediction } from './predict-wafer.ts';
import { ionLoops } from './run-to-run-loops.ts';
import type { IonTypes } from './types.ts';

/** Ion implantation. */
export const ionProcess: ProcessDefinition<IonTypes> = {
  id: 'ion',
  title: 'Ion implantation',
  jobType: 'ion_implant',
  equipmentType: 'ion_implanter',
  calibrationTypes: ['beam_current_integrator', 'analyzer_magnet_probe', 'vacuum_gauge'],
  upstreamProcess: null,
  interruptedWafer: 'resume',
  defaultTimeScale: 100,
  samplingS: SAMPLING_S,
  channels: ionChannels,
  faultKinds: ionFaultKinds,
  recipe: ionRecipeRules,
  progress: {
    validated: 5,
    toolReady: 10,
    controllersReady: 15,
    processStart: 20,
    processEnd: 80,
    stepText: ({ index, count }) => `Implanting wafer ${index + 1}/${count}`,
  },
  plant: ionPlant,
  controller: ionController,
  interlocks: ionInterlocks,
  compliance: ionCompliance,
  metrology: ionMetrology,
  monitoring: ionMonitoring,
  runToRun: ionLoops,
  virtualMetrology: ionPrediction,
  finish: ionFinish,
};
