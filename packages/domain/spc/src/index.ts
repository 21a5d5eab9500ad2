export { analyze } from './analyze.ts';
export type {
  Analysis,
  AnalyzedSeries,
  AnalyzeParams,
  AnalyzeRequest,
  AnalyzeResult,
  ChartKind,
  RuleChoice,
} from './analyze.ts';
export { analyzeMultivariate } from './analyze-multivariate.ts';
export type {
  MultivariateAnalysis,
  MultivariatePoint,
  MultivariateRequest,
} from './analyze-multivariate.ts';
export { cChart, npChart, pChart, uChart } from './attribute-chart.ts';
export type { AttributeData } from './attribute-chart.ts';
export { capability } from './capability.ts';
export type { Capability, Index, SpecLimits } from './capability.ts';
export { chartConstants } from './chart-constants.ts';
export type { ChartConstants, ConstantsSource } from './chart-constants.ts';
export type { Baseline, ChartPoint, ChartSeries, ControlChart, SigmaMethod } from './control-chart.ts';
export { cusumRunLength, cusumRunLengthOneSided, designCusumDecision } from './cusum-run-length.ts';
export type { CusumDesign } from './cusum-run-length.ts';
export { detectFault, learnDetection, LEARNT_WAFERS_MIN } from './detection.ts';
export type { Detection, DetectionModel } from './detection.ts';
export { designChart } from './design-chart.ts';
export type { ChartDesign, DesignRequest, RunLength, RunLengths } from './design-chart.ts';
export { initialCusumState, stepCusum } from './cusum.ts';
export type { CusumSettings, CusumState, CusumStep } from './cusum.ts';
export { designEwmaWidth, ewmaRunLength, ewmaRunLengthExactLimits } from './ewma-run-length.ts';
export type { EwmaDesign } from './ewma-run-length.ts';
export { ewmaLimits, initialEwmaState, stepEwmaChart } from './ewma-chart.ts';
export type { EwmaSettings, EwmaState, EwmaStep } from './ewma-chart.ts';
export { hotellingLimits, hotellingT2, multivariateBaseline } from './hotelling.ts';
export type { MultivariateBaseline } from './hotelling.ts';
export { individualsChart } from './individuals-chart.ts';
export type { IndividualsData } from './individuals-chart.ts';
export { fitPca, pcaLimits, scorePca } from './principal-components.ts';
export type { PcaModel, PcaScore } from './principal-components.ts';
export { checkRunRules, NELSON_RULES, WESTERN_ELECTRIC_RULES } from './run-rules.ts';
export type { RulePoint, RuleSet } from './run-rules.ts';
export { xbarRChart, xbarSChart } from './subgroup-chart.ts';
export type { SubgroupData } from './subgroup-chart.ts';
export { fitVmCorrection, predictVm, VM_WAFERS_MIN } from './virtual-metrology.ts';
export type {
  HeldBackErrors,
  MeasuredWafer,
  VmCorrection,
  VmFit,
  VmPrediction,
} from './virtual-metrology.ts';
export { judgeCorrection } from './vm-evidence.ts';
export type { VmEvidence } from './vm-evidence.ts';
export { checkPrediction, initialVmWatch, VM_DRIFT_DECISION } from './vm-watch.ts';
export type { CheckedWafer, VmWatch, VmWatchStep } from './vm-watch.ts';
export { cusumChart, ewmaChart } from './weighted-chart.ts';
export type { WeightedData } from './weighted-chart.ts';
