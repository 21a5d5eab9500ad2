import { runSubject } from '@spectra/schemas';
import type { Alert } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { ServiceContext } from '../service-context.ts';
import type { LearningWafer } from './learnt-model.ts';

/**
 * Tells that a correction went back to shadow, as an alarm of the run whose wafer showed it. The stage change itself is
 * stored before; an alarm that cannot be sent is told in the log, and fails nothing.
 */
export async function raiseDriftAlarm<T extends ProcessTypes>(
  context: ServiceContext<T>,
  drift: {
    orgId: string;
    family: string;
    parameter: string;
    reason: string;
    wafer: LearningWafer;
    z: number;
  },
): Promise<void> {
  const { orgId, wafer, parameter } = drift;
  const alarmId = `${wafer.runId}.vm.${parameter}.${wafer.arrival}`;
  const alert: Alert = {
    alarm_id: alarmId,
    run_id: wafer.runId,
    equipment_id: wafer.equipmentId,
    parameter,
    message: `Virtual metrology of ${parameter} (${drift.family}) is back in shadow: ${drift.reason}`,
    severity: 'warning',
    state: 'raised',
    value: Number(drift.z.toPrecision(4)),
    limit: null,
    time_s: 0,
    at: new Date(context.clock.nowMs()).toISOString(),
  };
  const subject = runSubject({ orgId, process: context.definition.id, runId: wafer.runId }, 'alert');
  try {
    await context.messaging.publish(subject, JSON.stringify(alert), { messageId: alarmId });
  } catch (error) {
    context.logger.error({ err: error, alert }, 'an alarm of virtual metrology could not be sent');
  }
}
