export { adviseNextRun } from './advise-next-run.ts';
export { chartArtifact, jsonArtifact, reportArtifact } from './artifact-drafts.ts';
export type {
  ArtifactDraft,
  CalibrationFactors,
  Condition,
  Controller,
  ControlDecision,
  FinishContext,
  FinishStep,
  Interlock,
  OutcomeDraft,
  Picture,
  PlantModel,
  ProcessDefinition,
  ProcessTypes,
  ProgressPlan,
  RecipeRules,
  RunTelemetry,
  WaferLoad,
} from './process-definition.ts';
export type {
  AttemptEnding,
  ComplianceFacts,
  ComplianceRule,
  Judgement,
} from './compliance/compliance-rule.ts';
export { toleranceRule, type WaferTolerance } from './compliance/ending-rules.ts';
export { endingOfRecords } from './compliance/ending-of-records.ts';
export { complianceRules, endingRulesOf, judgeRun } from './compliance/judge-run.ts';
export { runCompliance, storedEnd } from './compliance/run-compliance.ts';
export { shortNumber } from './chart-axis.ts';
export type { ChartAxis } from './chart-axis.ts';
export { depthChartSvg } from './depth-chart.ts';
export { emptyOutcome, finishRun } from './finish-run.ts';
export type { FinishedStep } from './finish-run.ts';
export { heatMapSvg } from './heat-map.ts';
export type { InterlockTrip } from './interlocks.ts';
export { lineChartSvg } from './line-chart.ts';
export type { ChartSeries, LineChart } from './line-chart.ts';
export { derivedSeed, normalAt, uniformAt } from './random.ts';
export type { ActiveAlarm, RunState } from './run-state.ts';
export type { LoopResult, RunToRunHistory, RunToRunLoop, ThreadHistory } from './run-to-run-loop.ts';
export { simulateRun } from './simulate-run.ts';
export type { SimulatedRun, SimulatedRunRequest } from './simulate-run.ts';
export { startWafer, step } from './step.ts';
export type { Frame, StepEvent, StepResult } from './step.ts';
export { TelemetryRecord } from './telemetry-record.ts';
export type { VirtualMetrologyRules, WaferPrediction } from './virtual-metrology-rules.ts';
export { tankProcess } from './tank-process.ts';
export type { TankTypes } from './tank-process.ts';
export { chartPoint } from './monitoring-rules.ts';
export { waferFeatures } from './wafer-features.ts';
export type { MonitoringRules, Playbook, RunChart, WatchedFeature } from './monitoring-rules.ts';
