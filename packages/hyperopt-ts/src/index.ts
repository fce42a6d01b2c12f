export { type AshaPrunerOptions, ashaPruner } from './asha-pruner.ts'
export { type AutoOptions, auto } from './auto.ts'
export { type CmaEsOptions, cmaEs } from './cma-es.ts'
export {
  type Arms,
  type BranchDimension,
  branch,
  type ChoiceDimension,
  choice,
  type Dimension,
  type FloatDimension,
  float,
  type IntDimension,
  int,
  type NormalDimension,
  type NumberOptions,
  normal,
  type OrderedDimension,
  ordered,
  type Scalar,
  type Space,
} from './dimension.ts'
export type { OutcomeDocument, StudyEvent, TrialDocument, WireNumber } from './event.ts'
export type { Defaults } from './fit.ts'
export { type GpOptions, gp } from './gp.ts'
export { type GridOptions, gridSampler, gridSize } from './grid-sampler.ts'
export { haltonSampler } from './halton-sampler.ts'
export { type HyperbandPrunerOptions, hyperbandPruner } from './hyperband-pruner.ts'
export { type LocalOptions, localSampler } from './local-sampler.ts'
export { type MedianPrunerOptions, medianPruner } from './median-pruner.ts'
export { type Nsga2Options, nsga2 } from './nsga2.ts'
export { type Objective, type OptimizeOptions, type OptimizeResult, optimize } from './optimize.ts'
export type { TellDetails, TrialOutcome } from './outcome.ts'
export type { AnyParams, Params, PartialParams, Suggested } from './params.ts'
export { type PatientPrunerOptions, patientPruner } from './patient-pruner.ts'
export { type PercentilePrunerOptions, percentilePruner } from './percentile-pruner.ts'
export { type PopulationMember, type PopulationMove, type PopulationOptions, planPopulation } from './population.ts'
export type { PriorBelief } from './prior.ts'
export type { Pruner } from './pruner.ts'
export { randomParams } from './random-params.ts'
export { randomSampler } from './random-sampler.ts'
export type { Sampler, SamplerReport } from './sampler-session.ts'
export { type SobolOptions, sobolSampler } from './sobol-sampler.ts'
export { memoryStorage, type Storage } from './storage.ts'
export {
  type AskOptions,
  createStudy,
  type KnownTrial,
  type StaleOptions,
  type Study,
  type StudyOptions,
} from './study.ts'
export { parseSpace, parseStudyDocument, type StudyDocument } from './study-document.ts'
export { StudyError, type StudyErrorCode } from './study-error.ts'
export { type ThresholdPrunerOptions, thresholdPruner } from './threshold-pruner.ts'
export { type TpeOptions, tpe } from './tpe.ts'
export type { CompleteTrial, JsonValue, Report, StudyDirection, Trial, TrialState } from './trial.ts'
export { type WilcoxonPrunerOptions, wilcoxonPruner } from './wilcoxon-pruner.ts'
