import type * as v from 'valibot'
import {
  type Result,
  readAutopilotLine,
  readCapabilities,
  readCheckpointMeta,
  readCommand,
  readControlsDocument,
  readDesiredState,
  readFeatureRecord,
  readFreeze,
  readLedgerLine,
  readMetricRecord,
  readOverlay,
  readRecipeEntry,
  readRunDocument,
  readStateDocument,
  readTuneMutation,
  readTuneSegment,
} from '../src/index.ts'
import {
  AiStateSchema,
  AutopilotLineSchema,
  CapabilitiesSchema,
  CheckpointMetaSchema,
  CommandSchema,
  ControlsDocumentSchema,
  DesiredStateSchema,
  FeatureRecordSchema,
  FreezeSchema,
  LedgerLineSchema,
  MetricRecordSchema,
  OverlaySchema,
  RecipeEntrySchema,
  RunDocumentSchema,
  readBySchema,
  StateDocumentSchema,
  TuneMutationSchema,
  TuneRecipeSchema,
  TuneSegmentSchema,
  TuneSummarySchema,
} from '../src/schemas.ts'

/** A file format: its reader, its schema, and the golden file whose lines it reads. */
export interface Format {
  readonly name: string
  readonly title: string
  readonly read: (value: unknown) => Result<unknown>
  readonly schema: v.GenericSchema<unknown, unknown>
  /** False if the schema is the reader. @defaultValue true */
  readonly hasReader?: boolean
  readonly golden: string
}

export const formats: readonly Format[] = [
  {
    name: 'command',
    title: 'a line of hotcb.commands.jsonl',
    read: readCommand,
    schema: CommandSchema,
    golden: 'hotcb.commands.jsonl',
  },
  {
    name: 'ledger-line',
    title: 'a line of hotcb.applied.jsonl',
    read: readLedgerLine,
    schema: LedgerLineSchema,
    golden: 'hotcb.applied.jsonl',
  },
  { name: 'freeze', title: 'hotcb.freeze.json', read: readFreeze, schema: FreezeSchema, golden: 'hotcb.freeze.jsonl' },
  {
    name: 'state',
    title: 'hotcb.state.json',
    read: readStateDocument,
    schema: StateDocumentSchema,
    golden: 'hotcb.state.jsonl',
  },
  {
    name: 'actuators',
    title: 'hotcb.actuators.json',
    read: readControlsDocument,
    schema: ControlsDocumentSchema,
    golden: 'hotcb.actuators.jsonl',
  },
  {
    name: 'checkpoint-meta',
    title: 'meta.json of a checkpoint',
    read: readCheckpointMeta,
    schema: CheckpointMetaSchema,
    golden: 'meta.jsonl',
  },
  {
    name: 'recipe-entry',
    title: 'a line of hotcb.recipe.jsonl',
    read: readRecipeEntry,
    schema: RecipeEntrySchema,
    golden: 'hotcb.recipe.jsonl',
  },
  {
    name: 'overlay',
    title: 'hotcb.adjust.yaml',
    read: readOverlay,
    schema: OverlaySchema,
    golden: 'hotcb.adjust.jsonl',
  },
  {
    name: 'desired-state',
    title: 'hotcb.yaml',
    read: readDesiredState,
    schema: DesiredStateSchema,
    golden: 'hotcb.yaml.jsonl',
  },
  {
    name: 'metric',
    title: 'a line of hotcb.metrics.jsonl',
    read: readMetricRecord,
    schema: MetricRecordSchema,
    golden: 'hotcb.metrics.jsonl',
  },
  {
    name: 'feature',
    title: 'a line of hotcb.features.jsonl',
    read: readFeatureRecord,
    schema: FeatureRecordSchema,
    golden: 'hotcb.features.jsonl',
  },
  { name: 'run', title: 'hotcb.run.json', read: readRunDocument, schema: RunDocumentSchema, golden: 'hotcb.run.jsonl' },
  {
    name: 'capabilities',
    title: 'hotcb.capabilities.json',
    read: readCapabilities,
    schema: CapabilitiesSchema,
    golden: 'hotcb.capabilities.jsonl',
  },
  {
    name: 'tune-recipe',
    title: 'hotcb.tune.recipe.yaml',
    read: (value) => readBySchema(TuneRecipeSchema, value),
    hasReader: false,
    schema: TuneRecipeSchema,
    golden: 'hotcb.tune.recipe.jsonl',
  },
  {
    name: 'tune-mutation',
    title: 'a line of hotcb.tune.mutations.jsonl',
    read: readTuneMutation,
    schema: TuneMutationSchema,
    golden: 'hotcb.tune.mutations.jsonl',
  },
  {
    name: 'tune-segment',
    title: 'a line of hotcb.tune.segments.jsonl',
    read: readTuneSegment,
    schema: TuneSegmentSchema,
    golden: 'hotcb.tune.segments.jsonl',
  },
  {
    name: 'tune-summary',
    title: 'hotcb.tune.summary.json',
    read: (value) => readBySchema(TuneSummarySchema, value),
    hasReader: false,
    schema: TuneSummarySchema,
    golden: 'hotcb.tune.summary.jsonl',
  },
  {
    name: 'autopilot-line',
    title: 'a line of hotcb.autopilot.jsonl',
    read: readAutopilotLine,
    schema: AutopilotLineSchema,
    golden: 'hotcb.autopilot.jsonl',
  },
  {
    name: 'ai-state',
    title: 'hotcb.ai.state.json',
    read: (value) => readBySchema(AiStateSchema, value),
    hasReader: false,
    schema: AiStateSchema,
    golden: 'hotcb.ai.state.jsonl',
  },
]
