export {
  shelvedHoursMax,
  alarmSchema,
  acknowledgeAlarmSchema,
  shelveAlarmSchema,
  unshelveAlarmSchema,
  alarmChangeSchema,
  alarmFilterFields,
  type Alarm,
  type AlarmChange,
  type AlarmEvent,
} from './alarm.ts';
export { bootstrapFileSchema, type Bootstrap } from './bootstrap.ts';
export {
  runComplianceSchema,
  type ComplianceEvidence,
  type ComplianceFinding,
  type ComplianceReport,
  type ComplianceStage,
  type ComplianceVerdict,
  type RunCompliance,
} from './compliance.ts';
export {
  dossierRpc,
  type AttemptRecord,
  type RunDossier,
} from './dossier-rpc.ts';
export {
  exportManifestSchema,
  type ExportEntry,
  type ExportManifest,
} from './run-export.ts';
export { runResultsSchema, type RunResults } from './run-results.ts';
export {
  documentStatusSchema,
  signVersionSchema,
  refuseVersionSchema,
  type DocumentStatus,
  type Signature,
} from './controlled-document.ts';
export {
  simulatorFaultSchema,
  simulatorSettingsSchema,
  createEquipmentSchema,
  equipmentStatusSchema,
  setEquipmentStatusSchema,
  equipmentEventSchema,
  equipmentSchema,
  calibrationStateSchema,
  createCalibrationSchema,
  calibrationSchema,
  calibrationFilterSchema,
  revokeCalibrationSchema,
  type SimulatorFault,
  type SimulatorSettings,
  type EquipmentStatus,
  type EquipmentEvent,
  type Equipment,
  type Calibration,
} from './equipment.ts';
export { fieldErrors } from './field-errors.ts';
export {
  healthStateSchema,
  serviceHealthSchema,
  healthRpc,
  type HealthState,
  type ServiceHealth,
} from './health.ts';
export { roleSchema, callerSchema, type Role, type Caller } from './identity.ts';
export { identityRpc, signerStandingSchema, type SignerStanding } from './identity-rpc.ts';
export {
  ionSpeciesSchema,
  ionRecipeFields,
  ionRecipeSchema,
  type IonSpecies,
  type IonRecipe,
} from './ion-recipe.ts';
export {
  runSpecSchema,
  checkpointSchema,
  attemptOutcomeSchema,
  takenJobSchema,
  takeJobsMax,
  jobsRpc,
  type RunSpec,
  type Checkpoint,
  type AttemptOutcome,
  type TakenJob,
  createdRunSchema,
  workerOfferSchema,
  workerService,
  workerRpc,
  type WorkerOffer,
} from './jobs-rpc.ts';
export {
  metrologySiteSchema,
  measurementSchema,
  postMetrologySchema,
  measurementsOf,
  metrologyRecordSchema,
  measuredParameterSchema,
  metrologyRpc,
  type Measurement,
  type MetrologyRecord,
  type MeasuredParameter,
} from './metrology.ts';
export {
  vmStageSchema,
  vmPredictSchema,
  vmModelSchema,
  vmDecisionSchema,
  vmRpc,
  type VmStage,
  type VmModel,
} from './virtual-metrology.ts';
export { numberRanges, type NumberRange } from './number-ranges.ts';
export {
  problemCatalogue,
  fieldErrorSchema,
  problemCodeSchema,
  refusalSchema,
  accept,
  refuse,
  problemSchema,
  type ProblemCode,
  type FieldError,
  type Refusal,
  type Result,
  type Problem,
} from './problem.ts';
export {
  runWarningSchema,
  preparedRunSchema,
  waferRecordSchema,
  processRpc,
  type RunWarning,
  type PreparedRun,
  type WaferRecord,
} from './process-rpc.ts';
export {
  createRecipeSchema,
  createRecipeVersionSchema,
  recipeSchema,
  recipeFilterSchema,
  type RecipeContent,
  type RecipeVersion,
  type RecipeChange,
} from './recipe.ts';
export { recipeRpc } from './recipe-rpc.ts';
export {
  rpcRequestSchema,
  rpcReplySchema,
  rpcGroupSchema,
  rpcGroupReplySchema,
  rpcContract,
  groupedRpcContract,
  type RpcContract,
} from './rpc.ts';
export {
  rtpRampLimits,
  rtpSegmentSchema,
  ionImplantContextSchema,
  rtpRecipeFields,
  rtpRecipeSchema,
  type RtpSegment,
  type RtpRecipe,
} from './rtp-recipe.ts';
export {
  runEventTypeSchema,
  runEventDataSchema,
  runEventSchema,
  type RunEventType,
  type RunEventData,
  type RunEvent,
} from './run-event.ts';
export {
  runToRunSettingsSchema,
  runToRunChangeSchema,
  setThreadSchema,
  restartThreadSchema,
  threadSchema,
  analyzeRunToRunSchema,
  runToRunAnalysisSchema,
  runToRunRpc,
  type RunToRunChange,
  type RunToRunWireSettings,
  type ThreadAdvice,
  type ThreadView,
} from './run-to-run.ts';
export {
  waferSchema,
  runOptionFields,
  runOptionsSchema,
  ionRunRequestSchema,
  rtpRunRequestSchema,
  splitRunRequest,
  wafersOf,
  type Wafer,
  type RunOptions,
  dependenciesMax,
  onFailureSchema,
  dependencyFields,
  batchKeySchema,
  ionBatchedRunSchema,
  rtpBatchedRunSchema,
  type OnFailure,
} from './run-request.ts';
export {
  jobStatusSchema,
  jobTypeSchema,
  artifactSchema,
  namedNumbersSchema,
  runAdviceSchema,
  runSteeringSchema,
  vmPredictionSchema,
  runOutcomeSchema,
  runRecordSchema,
  jobRecordSchema,
  jobLogLineSchema,
  type JobStatus,
  type JobType,
  type Artifact,
  type NamedNumbers,
  type RunAdvice,
  type RunSteering,
  type VmPrediction,
  type RunOutcome,
  type RunRecord,
  type JobRecord,
  type JobLogLine,
  dependencySchema,
  type Dependency,
} from './run.ts';
export { calculatorRpc } from './simulate-rpc.ts';
export {
  doseProfileRequestSchema,
  doseProfileSchema,
  annealRequestSchema,
  annealSchema,
  type DoseProfileRequest,
  type DoseProfileAnswer,
  type AnnealRequest,
  type AnnealAnswer,
} from './simulate.ts';
export { tuneRequestSchema, tuneSchema, type TuneRequest, type TuneAnswer } from './tune.ts';
export {
  hazardClassSchema,
  approvalsRequired,
  sopLimitsSchema,
  sopContentSchema,
  createSopSchema,
  createSopVersionSchema,
  sopSchema,
  type HazardClass,
  type SopContent,
  type Sop,
} from './sop.ts';
export {
  detectionStageSchema,
  detectionModelSchema,
  detectedWaferSchema,
  learnDetectionSchema,
  detectionFilterFields,
  detectionRpc,
  type DetectionModelRecord,
  type DetectedWafer,
} from './detection.ts';
export {
  phaseOnePointsMin,
  playbookSchema,
  createLimitsSchema,
  spcLimitsSchema,
  trialLimitsSchema,
  spcChartSchema,
  spcChartViewSchema,
  spcFilterFields,
  spcSpanFields,
  spcRpc,
  type CreateLimits,
  type SpcLimits,
  type SpcChart,
  type SpcPoint,
} from './spc-charts.ts';
export {
  type SpcCheckParams,
  type SpcCheckResult,
  type SpcDesignParams,
  type SpcDesignResult,
} from './spc-analyze.ts';
export {
  streamMessageTypeSchema,
  streamDataSchemas,
  streamQuerySchema,
  streamTicketRequestSchema,
  streamTicketSchema,
  type StreamMessageType,
  type StreamMessage,
  type StreamQuery,
} from './stream-message.ts';
export { refusedMessageSchema, telemetryRpc, type RefusedMessage } from './stream-rpc.ts';
export {
  runSubject,
  parseRunSubject,
  readySubject,
  cancelSubject,
  countsSubject,
  rpcSubject,
  streams,
  type RunSubjectKind,
  offersSubject,
} from './subjects.ts';
export {
  createToolJobSchema,
  toolResultSchema,
  toolSpecSchema,
  toolJobRecordSchema,
  toolEndingSchema,
  toolJobsRpc,
  toolRpc,
  type ToolResult,
  type ToolSpec,
  type ToolJobRecord,
  type ToolEnding,
  batchedToolJobSchema,
  toolOrderSchema,
  createdToolJobSchema,
  type ToolOrder,
} from './tool-jobs-rpc.ts';
export type { IonMonteCarloParams, IonMonteCarloResult } from './tool-schemas.ts';
export {
  toolRegistry,
  toolNames,
  toolNameSchema,
  toolEntry,
  estimateToolS,
  type ToolEntry,
  type ToolName,
  type ToolParams,
} from './tools.ts';
export {
  channelSchema,
  telemetryBatchSchema,
  profileMessageSchema,
  latestTelemetrySchema,
  type LatestTelemetry,
  telemetryMessageSchema,
  alertSchema,
  alarmStateSchema,
  type AlarmState,
  type Channel,
  type TelemetryBatch,
  type ProfileMessage,
  type TelemetryMessage,
  type Alert,
} from './telemetry.ts';
export {
  tokenTypes,
  tokenKeysSchema,
  accessTokenClaimsSchema,
  streamTicketClaimsSchema,
  type TokenKeys,
  type AccessTokenClaims,
  type StreamTicketClaims,
} from './token.ts';
export { uncertaintySchema, type UncertaintyAnswer } from './uncertainty.ts';
export {
  batchLimits,
  batchModeSchema,
  runBatchReportSchema,
  toolBatchReportSchema,
  batchRpc,
  type BatchMode,
  type RunBatchReport,
  type ToolBatchReport,
} from './batch-rpc.ts';
export { schedulesRpc, templatesRpc } from './flows-rpc.ts';
export {
  schedulesMax,
  workOrderSchema,
  missedPolicySchema,
  createScheduleSchema,
  changeScheduleSchema,
  scheduleFiringSchema,
  scheduleSchema,
  type WorkOrder,
  type MissedPolicy,
  type ScheduleFiring,
  type Schedule,
} from './schedule.ts';
export {
  templateParametersSchema,
  templateValuesSchema,
  workRequestSchema,
  templateSchema,
  templateFaults,
  fillTemplate,
  type TemplateParameters,
  type TemplateValues,
  type WorkRequest,
  type Template,
} from './template.ts';
export { childRunsRpc, type ChildRun, type LotRunParams } from './lot-run.ts';
export {
  costGroupSchema,
  costRatesSchema,
  ratesVersionSchema,
  costEntrySchema,
  costSumSchema,
  correctCostSchema,
  costsRpc,
  type CostGroup,
  type CostRates,
  type RatesVersion,
  type CostEntry,
  type CostSum,
} from './cost.ts';
export {
  deadLetterSchema,
  deadLetterFilterFields,
  queuesRpc,
  type QueueView,
  type DeadLetter,
} from './queue.ts';
