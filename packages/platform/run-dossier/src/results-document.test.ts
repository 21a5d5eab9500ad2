import { refuse, runResultsSchema, type Alert, type RunCompliance, type RunDossier } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { completedDossier, judged } from '../test/a-dossier.ts';
import { resultsDocument } from './results-document.ts';

const alarm = (severity: Alert['severity']): Alert => ({
  alarm_id: severity,
  run_id: 'ION-1',
  equipment_id: 'IMP-1',
  parameter: 'beam_current_ma',
  message: 'drift',
  severity,
  state: 'raised',
  value: 1,
  limit: 2,
  time_s: 3,
  at: '2026-01-01T00:00:03.000Z',
});

function documentOf(
  change: Partial<RunDossier['run']> = {},
  parts: { compliance?: RunCompliance | null; alarms?: Alert[] | null } = {},
) {
  const dossier = completedDossier(change);
  const compliance = parts.compliance === undefined ? judged(dossier) : parts.compliance;
  const alarms = parts.alarms === undefined ? [alarm('critical'), alarm('info')] : parts.alarms;
  return resultsDocument({
    dossier,
    compliance:
      compliance === null ? refuse('dependency_unavailable', 'away') : { ok: true, value: compliance },
    alarms: alarms === null ? refuse('dependency_unavailable', 'hub away') : { ok: true, value: alarms },
  });
}

describe('the results document', () => {
  it('of a completed run keeps its schema and leaves nothing of the record out', () => {
    const document = documentOf();
    expect(runResultsSchema.parse(document)).toEqual(document);
    expect(document).toMatchObject({
      status: 'completed',
      incomplete: [],
      kpis: {
        wafers: 1,
        wafers_processed: 1,
        spc_points_in_control_pct: 50,
        spc_alerts: 1,
        alarms: { critical: 1, warning: 0, info: 1 },
        attempts: 1,
        queue_s: 10,
        duration_s: 50,
      },
      metrics: { dose_error_pct: 0.1 },
      virtual_metrology: {
        prediction: { junction_depth_um: 0.2 },
        parameters: [{ parameter: 'junction_depth_um', low: 0.19, high: 0.23, stage: 'active' }],
      },
      wafers: [{ wafer_id: 'W1', metrics: { dose_error_pct: 0.1 } }],
      compliance: { verdict: 'compliant' },
      reproducibility: {
        seed: 1,
        code_version: '0.1.0+test',
        equipment_id: 'IMP-1',
        models: { junction_depth_um: { model_id: 'm-1', model_version: 3, stage: 'active' } },
      },
      evidence: { recipe_hash: 'h' },
    });
  });

  it('of a run that has not ended shows what is known and null for the rest', () => {
    const waiting = { status: 'queued', outcome: null, started_at: null, duration_seconds: null } as const;
    const document = documentOf(waiting, { compliance: null });
    expect(document).toMatchObject({
      status: 'queued',
      metrics: {},
      wafers: [],
      kpis: { wafers_processed: 0, queue_s: null, duration_s: null, spc_points_in_control_pct: null },
      compliance: null,
    });
    expect(document.incomplete).toEqual([{ part: 'compliance', reason: 'away' }]);
  });

  it('of a held run counts the wafers that its worker counted', () => {
    const compliance = judged(completedDossier());
    const held = documentOf({ status: 'held', outcome: null }, { compliance });
    expect(held.kpis.wafers_processed).toBe(1);
  });

  it('says when alarms could not be read', () => {
    const document = documentOf({}, { alarms: null });
    expect(document).toMatchObject({ alarms: null, kpis: { alarms: null } });
    expect(document.incomplete).toEqual([{ part: 'alarms', reason: 'hub away' }]);
  });
});
