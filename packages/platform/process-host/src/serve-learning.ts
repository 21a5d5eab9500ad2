import { metrologyRpc, runToRunRpc, vmRpc } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { AbilityServer } from './ability-server.ts';
import { listMetrology, metrologyParameters } from './metrology/list-metrology.ts';
import { recordMetrology } from './metrology/record-metrology.ts';
import { advise } from './run-to-run/advise.ts';
import { analyzeLoop } from './run-to-run/analyze-loop.ts';
import { getThread, listThreads, restartThread, setThread } from './run-to-run/threads.ts';
import { getModel, listModels, promoteModel, retireModel } from './virtual-metrology/models.ts';
import { predict } from './virtual-metrology/predict.ts';

/** Answers what was measured of wafers, and what is steered and predicted from it. */
export function serveLearning<T extends ProcessTypes>(serve: AbilityServer<T>): void {
  serve(metrologyRpc.record, recordMetrology);
  serve(metrologyRpc.list, listMetrology);
  serve(metrologyRpc.parameters, metrologyParameters);
  serve(runToRunRpc.listThreads, listThreads);
  serve(runToRunRpc.getThread, getThread);
  serve(runToRunRpc.setThread, setThread);
  serve(runToRunRpc.restartThread, restartThread);
  serve(runToRunRpc.advise, advise);
  serve(runToRunRpc.analyze, analyzeLoop);
  serve(vmRpc.predict, predict);
  serve(vmRpc.listModels, listModels);
  serve(vmRpc.getModel, getModel);
  serve(vmRpc.promoteModel, promoteModel);
  serve(vmRpc.retireModel, retireModel);
}
