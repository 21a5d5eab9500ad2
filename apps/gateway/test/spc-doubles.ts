import { accept, detectionRpc, refuse, spcRpc, type CreateLimits, type SpcLimits } from '@spectra/schemas';
import { detectionModelRecord, limitsRecord } from './spc-records.ts';
import type { Serve } from './serve.ts';

type Asker = { caller: { orgId: string } | undefined };

/** Each organisation has one model, under its own id. */
function modelIdOf(request: Asker): string {
  return request.caller?.orgId ?? '';
}

/** Charts of each tool that the organisation has, without points. */
export function serveSpc(
  serve: Serve,
  process: string,
  has: (request: Asker, equipmentId: string) => boolean,
): void {
  const gone = () => refuse('not_found', 'There is nothing with this id.');
  serve(process, spcRpc.listCharts, async () => accept({ items: [], total: 0 }));
  serve(process, spcRpc.readChart, async (request) => {
    const { equipment_id, parameter } = request.body;
    if (!has(request, equipment_id)) return gone();
    const engineering_limits = { low: -0.5, high: 0.5 };
    const chart = { process, equipment_id, parameter, title: 'Dose error', unit: '%', engineering_limits };
    return accept({ ...chart, limits_in_force: [], playbook: null, points: [], total: 0 });
  });
  serve(process, spcRpc.playbook, async () => accept({ playbook: null }));
  serve(process, spcRpc.listLimits, async () => accept({ items: [], total: 0 }));
  serve(process, spcRpc.createLimits, async ({ body }) => accept(frozen(process, body)));
  const modelOf = (request: Asker & { body: { model_id: string } }) =>
    process === 'ion' && request.body.model_id === modelIdOf(request)
      ? accept(detectionModelRecord(request.body.model_id, process))
      : gone();
  serve(process, detectionRpc.listModels, async () => accept({ items: [], total: 0 }));
  serve(process, detectionRpc.getModel, async (request) => modelOf(request));
  serve(process, detectionRpc.setStage, async (request) => modelOf(request));
  serve(process, detectionRpc.learnModel, async (request) =>
    accept(detectionModelRecord(modelIdOf(request), process)),
  );
  serve(process, detectionRpc.listWafers, async () => accept({ items: [], total: 0 }));
  serve(process, spcRpc.tryLimits, async ({ body }) => accept({ ...frozen(process, body), points: [] }));
}

function frozen(process: string, { parameter, equipment_id }: CreateLimits): SpcLimits {
  return { ...limitsRecord, process, parameter, equipment_id };
}
