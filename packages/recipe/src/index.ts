// The whole public API of @hotcb/recipe.
export { type Agenda, type AgendaEntry, createAgenda, type DueEntry } from './agenda.ts'
export { type ControlCourse, type CourseKnot, type CourseOptions, controlCourses } from './course.ts'
export { type DifferenceText, describeDifference } from './describe-difference.ts'
export { diffRecipes, type FieldDifference, type RecipeDifference } from './diff-recipes.ts'
export { type ComparedRun, diffRuns, type FinalMetric, type RunsDifference } from './diff-runs.ts'
export { type EditedRecipe, editRecipe, type RecipeEdit } from './edit.ts'
export { type ExportedRecipe, type ExportOptions, exportRecipe } from './export.ts'
export { type EntryMismatch, fitRecipe, type RunControls } from './fit.ts'
export { formatOverlay } from './format-overlay.ts'
export type { History, HistoryEntry, HistoryLoad, HistorySave } from './history.ts'
export { createHistory, type HistoryBuilder, type HistoryOptions, historyOf } from './history-builder.ts'
export { lastMetrics, type StepMetrics } from './last-metrics.ts'
export { lateEntries } from './late.ts'
export { opOfLine } from './op-of-line.ts'
export { type AdjustedEntry, applyOverlay, type OverlayResult } from './overlay.ts'
export { overlayBetween } from './overlay-between.ts'
export { compareEntries, comparePlaces, type HistoryPlace, isCut, type Seam, seamOf } from './place.ts'
export { inPlanOrder } from './plan-order.ts'
export { describeEntry, type PreviewRow, previewReplay } from './preview.ts'
export { formatProblem, type RecipeProblem, withFileAndLine } from './problem.ts'
export { queueRecipe, type RecipeCommand } from './queue.ts'
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
export { type DescribedRun, runControlsOf } from './run-controls.ts'
export { capturedSourceOf, type FindSource, missingSources } from './sources.ts'
export { patchTemplate } from './template.ts'
export { type Validation, validateRecipe } from './validate.ts'
export {
  type MetricDifference,
  type MissingRecords,
  type RunRecord,
  type Verification,
  type VerifyOptions,
  verifyRuns,
} from './verify.ts'
