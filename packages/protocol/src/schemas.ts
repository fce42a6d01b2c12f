// The file formats of a run directory as valibot schemas. This is a separate entry, because loading valibot takes about
// 20 ms.
export { AiStateSchema, AutopilotLineSchema, CapabilitiesSchema } from './schemas/autopilot.ts'
export { DesiredStateSchema } from './schemas/desired-state.ts'
export { record } from './schemas/every-key.ts'
export { FreezeSchema } from './schemas/freeze.ts'
export { LedgerLineSchema } from './schemas/ledger.ts'
export { CallbackTargetSchema, CommandSchema, SourceCaptureSchema } from './schemas/op.ts'
export { readBySchema, type SchemaIssue, schemaIssues } from './schemas/read.ts'
export { OverlaySchema, RecipeEntrySchema } from './schemas/recipe.ts'
export { CheckpointMetaSchema, FeatureRecordSchema, MetricRecordSchema, RunDocumentSchema } from './schemas/records.ts'
export { ControlsDocumentSchema, StateDocumentSchema } from './schemas/state.ts'
export { TuneMutationSchema, TuneRecipeSchema, TuneSegmentSchema, TuneSummarySchema } from './schemas/tune.ts'
export type { SchemaOf } from './schemas/words.ts'
