import { accept, detectionRpc, dossierRpc, processRpc, recipeRpc, spcRpc } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Part } from '@spectra/service-kit';
import { abilityServer } from './ability-server.ts';
import {
  createCalibration,
  getCalibration,
  listCalibrations,
  revokeCalibration,
} from './catalog/calibrations.ts';
import { listEquipmentEvents, setEquipmentStatus } from './catalog/equipment-events.ts';
import { createEquipment, getEquipment, listEquipment, setSimulator } from './catalog/equipment.ts';
import { approveRecipe, rejectRecipe, retireRecipe, submitRecipe } from './catalog/recipe-approval.ts';
import {
  createRecipe,
  createRecipeVersion,
  diffRecipe,
  getRecipe,
  listRecipes,
  listRecipeVersions,
} from './catalog/recipes.ts';
import {
  approveSop,
  createSop,
  createSopVersion,
  getSop,
  listSops,
  listSopVersions,
  rejectSop,
  retireSop,
} from './catalog/sops.ts';
import { getWaferRecord } from './catalog/wafer-records.ts';
import { readCompliance } from './compliance/read-compliance.ts';
import { prepareRun } from './gates/prepare-run.ts';
import { listCharts, readChart } from './monitoring/charts.ts';
import { createLimits, listLimits, tryLimits } from './monitoring/limits.ts';
import {
  getDetectionModel,
  learnDetectionModel,
  listDetectedWafers,
  listDetectionModels,
  setDetectionStage,
} from './monitoring/detection-models.ts';
import { getPlaybook } from './monitoring/playbooks.ts';
import { serveLearning } from './serve-learning.ts';
import type { ServiceContext } from './service-context.ts';

/** Answers `rpc.<process>.*`: one line for each ability that every process service has. */
export function serveProcess<T extends ProcessTypes>(context: ServiceContext<T>): Part {
  const stops: (() => Promise<void>)[] = [];
  const serve = abilityServer(context, stops);
  return {
    name: 'process-abilities',
    start: async () => {
      // The one ability that tells nothing of an organisation, so it needs no caller.
      stops.push(
        context.messaging.serve(context.definition.id, processRpc.describe, async () => describe(context)),
      );
      serve(processRpc.prepareRun, prepareRun);
      serve(dossierRpc.runCompliance, readCompliance);
      serve(processRpc.waferRecord, getWaferRecord);
      serve(processRpc.listEquipment, listEquipment);
      serve(processRpc.getEquipment, getEquipment);
      serve(processRpc.createEquipment, createEquipment);
      serve(processRpc.setSimulator, setSimulator);
      serve(processRpc.setEquipmentStatus, setEquipmentStatus);
      serve(processRpc.listEquipmentEvents, listEquipmentEvents);
      serve(processRpc.listCalibrations, listCalibrations);
      serve(processRpc.createCalibration, createCalibration);
      serve(processRpc.getCalibration, getCalibration);
      serve(processRpc.revokeCalibration, revokeCalibration);
      serve(processRpc.listSops, listSops);
      serve(processRpc.getSop, getSop);
      serve(processRpc.createSop, createSop);
      serve(processRpc.listSopVersions, listSopVersions);
      serve(processRpc.createSopVersion, createSopVersion);
      serve(processRpc.approveSop, approveSop);
      serve(processRpc.rejectSop, rejectSop);
      serve(processRpc.retireSop, retireSop);
      serve(spcRpc.listCharts, listCharts);
      serve(spcRpc.readChart, readChart);
      serve(spcRpc.listLimits, listLimits);
      serve(spcRpc.createLimits, createLimits);
      serve(spcRpc.tryLimits, tryLimits);
      serve(spcRpc.playbook, getPlaybook);
      serve(detectionRpc.listModels, listDetectionModels);
      serve(detectionRpc.getModel, getDetectionModel);
      serve(detectionRpc.learnModel, learnDetectionModel);
      serve(detectionRpc.setStage, setDetectionStage);
      serve(detectionRpc.listWafers, listDetectedWafers);
      serve(recipeRpc.list, listRecipes);
      serve(recipeRpc.get, getRecipe);
      serve(recipeRpc.listVersions, listRecipeVersions);
      serve(recipeRpc.diff, diffRecipe);
      serve(recipeRpc.create, createRecipe);
      serve(recipeRpc.createVersion, createRecipeVersion);
      serve(recipeRpc.submit, submitRecipe);
      serve(recipeRpc.approve, approveRecipe);
      serve(recipeRpc.reject, rejectRecipe);
      serve(recipeRpc.retire, retireRecipe);
      serveLearning(serve);
    },
    stop: async () => {
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}

function describe<T extends ProcessTypes>({ definition }: ServiceContext<T>) {
  return accept({
    process: definition.id,
    title: definition.title,
    equipment_type: definition.equipmentType,
    channels: [...definition.channels],
    calibration_types: [...definition.calibrationTypes],
    fault_kinds: definition.faultKinds.map((fault) => ({ ...fault })),
  });
}
