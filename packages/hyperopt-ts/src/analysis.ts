export { hypervolume } from './hypervolume.ts'
export { type Importance, type ImportanceOptions, importance, type Studied } from './importance.ts'
export { type ManyObjectives, paretoFront } from './pareto.ts'
export {
  type Contour,
  type ContourOptions,
  contour,
  type HistoryPoint,
  history,
  type ParallelCoordinates,
  parallelCoordinates,
  type SlicePoint,
  slice,
} from './plot-data.ts'
export { signedRankP } from './wilcoxon-pruner.ts'
