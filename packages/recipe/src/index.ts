// The whole public surface of @hotcb/recipe.
export { type Agenda, createAgenda, type Due, type Taken } from './agenda.ts'
export { diffRecipes, type FieldDifference, type RecipeDifference } from './diff-recipes.ts'
export { diffRuns, type FinalMetric, type RunFacts, type RunsDifference } from './diff-runs.ts'
export { type Exported, type ExportOptions, exportRecipe } from './export.ts'
export { fitRecipe, type Mismatch, type RunControls } from './fit.ts'
export type { History, HistoryEntry, HistoryLoad, HistorySave } from './history.ts'
export { createHistory, type HistoryBuilder, type HistoryOptions, historyOf } from './history-builder.ts'
export { lastMetrics, type StepMetrics } from './last-metrics.ts'
export { opOfLine } from './op-of-line.ts'
export { type Adjusted, applyOverlay, type OverlayResult } from './overlay.ts'
export { byPlace, comparePlaces, type HistoryPlace, isCut, type Seam, seamOf } from './place.ts'
export { describeEntry, type PreviewRow, previewReplay } from './preview.ts'
export { formatProblem, located, type Problem } from './problem.ts'
export { type QueuedCommand, queueRecipe } from './queue.ts'
export { type OverlaySource, readOverlayText } from './read-overlay.ts'
export { formatRecipe, type Recipe, type RecipeScan, readRecipe, scanRecipe } from './read-recipe.ts'
export {
  placeMismatch,
  planReplay,
  type ReplayFiles,
  type ReplayOptions,
  type ReplayPlan,
  readReplay,
} from './replay.ts'
export { type FindSource, missingSources, sourceOf } from './sources.ts'
export { patchTemplate } from './template.ts'
export { type Validation, validateRecipe } from './validate.ts'
export {
  type MetricDifference,
  type Missing,
  type RunRecord,
  type Verification,
  type VerifyOptions,
  verifyRuns,
} from './verify.ts'
