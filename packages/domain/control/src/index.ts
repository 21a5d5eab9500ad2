export { initialPidState, stepPid } from './pid.ts';
export type { PidInput, PidSettings, PidState, PidStep } from './pid.ts';
export { doseRatePerCm2S, initialDoseIntegratorState, stepDoseIntegrator } from './dose-integrator.ts';
export type {
  DoseIntegratorSettings,
  DoseIntegratorState,
  DoseIntegratorStep,
  DoseSample,
} from './dose-integrator.ts';
export type { Matrix } from './matrix.ts';
export { createMpc, poseMpcProblem } from './mpc-problem.ts';
export type { Mpc, MpcPlanStart, MpcSettings } from './mpc-problem.ts';
export { initialMpcState, stepMpc } from './mpc.ts';
export type { MpcInput, MpcState, MpcStep } from './mpc.ts';
export { prepareQp, solveQp } from './quadratic-program.ts';
export type { PreparedQp, QpProblem, QpSolution } from './quadratic-program.ts';
export { initialScanState, planScan, stepScanControl } from './scan-control.ts';
export type { ScanInput, ScanPlan, ScanPlanResult, ScanStep } from './scan-control.ts';
export { doseUniformityPct, lineRatePerCmS } from './scan-settings.ts';
export type { ScanCommand, ScanSettings, ScanState } from './scan-settings.ts';
export { uniformityCorrection } from './uniformity-correction.ts';
export type { UniformityInput } from './uniformity-correction.ts';
export {
  adviseFrom,
  adviseRun,
  checkRunToRun,
  initialRunToRunState,
  restartRunToRun,
} from './run-to-run.ts';
export type {
  RunToRunAdvice,
  RunToRunCheck,
  RunToRunResult,
  RunToRunSettings,
  RunToRunState,
} from './run-to-run.ts';
export { runToRunBehaviour, simulateRunToRun } from './run-to-run-stability.ts';
export type { RunToRunBehaviour, RunToRunWeights } from './run-to-run-stability.ts';
export { isStableLoop } from './loop-stability.ts';
export { followThread } from './run-to-run-thread.ts';
export type { FollowedThread, ThreadResult, ThreadStep } from './run-to-run-thread.ts';
export { maximumSensitivity } from './maximum-sensitivity.ts';
export {
  initialProcessState,
  modelFromUltimatePoint,
  stepProcess,
  ultimatePoint,
} from './process-model.ts';
export type { ProcessModel, ProcessState, UltimatePoint } from './process-model.ts';
export { modelFromRelay, relayTune, relayUltimateGain } from './relay-tune.ts';
export type { RelayPlant, RelayResult, RelayTest } from './relay-tune.ts';
export { judgeResponse, pidFromTuning, simulateLoop } from './simulate-loop.ts';
export type { LoopPerformance, LoopTest } from './simulate-loop.ts';
export {
  amigo,
  simc,
  tuningRules,
  tyreusLuyben,
  zieglerNicholsFrequency,
  zieglerNicholsStep,
} from './tuning-rules.ts';
export type { PidTuning, RuledTuning, TuningRule } from './tuning-rules.ts';
export { adviseMpc } from './advise-mpc.ts';
export type { JudgedWeights, MpcAdvice, MpcAdviceRequest } from './advise-mpc.ts';
export { advisePid } from './advise-pid.ts';
export type { JudgedTuning, OptimizationTarget, PidAdvice, PidAdviceRequest } from './advise-pid.ts';
export { fitProcess } from './fit-process.ts';
export type { ProcessFit, Recording } from './fit-process.ts';
