export type { Axis } from './axis.ts'
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
export type { StudyEvent, TrialDocument, WireNumber } from './event.ts'
export type { Group, Layout, Member } from './layout.ts'
export type { AnyParams, Params, PartialParams, Suggested } from './params.ts'
export type { Pruner } from './pruner.ts'
export { createRandom, type Random } from './random.ts'
export { randomSampler } from './random-sampler.ts'
export type { Sampler, SamplerContext, SamplerSession } from './sampler.ts'
export { memoryStorage, type Storage } from './storage.ts'
export { createStudy, type KnownTrial, type Outcome, type Study, type StudyOptions } from './study.ts'
export { parseSpace, parseStudyDocument, type StudyDocument } from './study-document.ts'
export { StudyError, type StudyErrorCode } from './study-error.ts'
export type { CompleteTrial, Direction, Report, Trial, TrialState } from './trial.ts'
