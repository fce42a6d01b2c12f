import { ControlsDocumentSchema, FeatureRecordSchema, FreezeSchema, LedgerLineSchema } from '@hotcb/protocol/schemas'
import * as v from 'valibot'
import type { Operation } from './openapi.ts'
import { ALERT_PAGES } from './openapi-alerts.ts'
import { ANNOTATION_PAGES } from './openapi-annotations.ts'
import { COMPARE_PAGES } from './openapi-compare.ts'
import { MCP_PAGES } from './openapi-mcp.ts'
import { MEDIA_PAGES } from './openapi-media.ts'
import { RECIPE_PAGES } from './openapi-recipes.ts'
import { SWEEP_PAGES } from './openapi-sweeps.ts'
import { TABLE_PAGES } from './openapi-table.ts'
import {
  AcceptedSchema,
  AroundBody,
  CommandsBody,
  ExportQuery,
  FeaturesQuery,
  FreezeBody,
  LedgerQuery,
  LogQuery,
  MeSchema,
  NotificationTestBody,
  OutputQuery,
  RunRowSchema,
  SeriesPointsSchema,
  SeriesStatsSchema,
  SeriesWindowSchema,
  SessionBody,
  SparklineQuery,
  StatsBody,
  TuneAnswerBody,
  WindowQuery,
  WindowsBody,
} from './schemas.ts'
import { ActionsQuery, AnswerBody, DryRunBody, ModeBody, RuleBody, RuleTextBody } from './schemas-autopilot.ts'
import { BranchBody, ResumeBody, StartBody, StopBody } from './schemas-launcher.ts'

const windows: v.GenericSchema = v.object({ windows: v.array(SeriesWindowSchema) })

const page: v.GenericSchema = v.object({
  lines: v.array(LedgerLineSchema),
  total: v.number(),
  start: v.number(),
  cursor: v.nullable(v.string()),
  garbage: v.number(),
})

/**
 * All routes of the API, with the right that each requires. A route that is not listed here is answered with `not_found`, even if it has
 * a handler.
 */
export const PAGES: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/health',
    right: 'read',
    summary: 'whether the server is running, and the number of runs and clients',
  },
  { method: 'get', path: '/api/config', right: 'read', summary: 'every tunable by section, without the token' },
  { method: 'get', path: '/api/openapi.json', right: 'read', summary: 'this document' },
  {
    method: 'post',
    path: '/api/session',
    right: 'open',
    summary: 'exchange a token for a cookie',
    body: SessionBody,
    answer: MeSchema,
  },
  {
    method: 'get',
    path: '/api/me',
    right: 'read',
    summary: 'the person named by the token, and what they may do',
    answer: MeSchema,
  },
  {
    method: 'get',
    path: '/api/runs',
    right: 'read',
    summary: 'all runs; `complete` is false while rows are still being read',
    answer: v.object({ runs: v.array(RunRowSchema), complete: v.boolean(), problems: v.array(v.string()) }),
  },
  ...TABLE_PAGES,
  ...ANNOTATION_PAGES,
  ...MEDIA_PAGES,
  ...SWEEP_PAGES,
  ...ALERT_PAGES,
  ...COMPARE_PAGES,
  ...MCP_PAGES,
  ...RECIPE_PAGES,
  {
    method: 'get',
    path: '/api/sparklines',
    right: 'read',
    summary: 'the curve of a metric for many runs',
    query: SparklineQuery,
  },
  { method: 'get', path: '/api/runs/{id}', right: 'read', summary: 'one run: its documents, controls and checkpoints' },
  {
    method: 'get',
    path: '/api/runs/{id}/metrics',
    right: 'read',
    summary: 'the names of its metrics, and how much of its file has been read',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/metrics/window',
    right: 'read',
    summary: 'windows of series: mean, minimum, maximum, first, last and count of every pixel',
    query: WindowQuery,
    answer: windows,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/metrics/windows',
    right: 'read',
    summary: 'a batch of windows',
    body: WindowsBody,
    answer: windows,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/metrics/stats',
    right: 'read',
    summary: 'a batch of statistics over all points of a range',
    body: StatsBody,
    answer: v.object({ stats: v.array(SeriesStatsSchema) }),
  },
  {
    method: 'post',
    path: '/api/runs/{id}/metrics/around',
    right: 'read',
    summary: 'a batch of points next to a step',
    body: AroundBody,
    answer: v.object({ points: v.array(SeriesPointsSchema) }),
  },
  {
    method: 'get',
    path: '/api/runs/{id}/metrics/export',
    right: 'read',
    summary: 'all points as CSV',
    query: ExportQuery,
    type: 'text/csv',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/ledger',
    right: 'read',
    summary: 'a page of the ledger, newest last',
    query: LedgerQuery,
    answer: page,
  },
  { method: 'get', path: '/api/runs/{id}/markers', right: 'read', summary: 'applied changes, for charts' },
  {
    method: 'get',
    path: '/api/runs/{id}/controls',
    right: 'read',
    summary: 'the controls, which are what can be changed',
    answer: ControlsDocumentSchema,
  },
  {
    method: 'get',
    path: '/api/runs/{id}/autopilot',
    right: 'read',
    summary: 'its autopilot: the process that runs it, mode, key metric, rules',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/proposals',
    right: 'read',
    summary: 'autopilot proposals that no person has answered, oldest first',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/actions',
    right: 'read',
    summary: 'everything that the autopilot did or proposed, newest first, with the outcomes',
    query: ActionsQuery,
  },
  {
    method: 'put',
    path: '/api/runs/{id}/autopilot/mode',
    right: 'own',
    summary: 'what the autopilot may do: `off`, `suggest`, `auto`, `ai_suggest` or `ai_auto`',
    body: ModeBody,
  },
  {
    method: 'put',
    path: '/api/runs/{id}/autopilot/rules/{rule}',
    right: 'own',
    summary: 'switch a rule on or off',
    body: RuleBody,
  },
  {
    method: 'get',
    path: '/api/runs/{id}/autopilot/rules',
    right: 'read',
    summary: 'the rule files in effect, each with its stamp and its errors',
  },
  {
    method: 'put',
    path: '/api/runs/{id}/autopilot/rules',
    right: 'own',
    summary: 'replace a rule file; rejected if it has an error, or has changed since it was read',
    body: RuleTextBody,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/autopilot/dry-run',
    right: 'operate',
    summary: 'the steps of the run at which rules would have fired; nothing is written',
    body: DryRunBody,
  },
  {
    method: 'get',
    path: '/api/runs/{id}/autopilot/ai',
    right: 'read',
    summary: 'its language model: price, budget, and the latest answers',
  },
  {
    method: 'post',
    path: '/api/runs/{id}/autopilot/ai/prompt',
    right: 'operate',
    summary: 'the prompt that would be sent to the language model now, and its price; nothing is sent',
  },
  {
    method: 'post',
    path: '/api/runs/{id}/proposals/{action}',
    right: 'operate',
    summary: 'approve or reject a proposal; the answer is the cid of the command that answers it',
    body: AnswerBody,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/commands',
    right: 'operate',
    summary: 'append commands; the answer contains their cids; the outcome is in the ledger',
    body: CommandsBody,
    answer: AcceptedSchema,
  },
  { method: 'get', path: '/api/runs/{id}/freeze', right: 'read', summary: 'the freeze document', answer: FreezeSchema },
  {
    method: 'put',
    path: '/api/runs/{id}/freeze',
    right: 'own',
    summary: 'write the freeze document',
    body: FreezeBody,
  },
  {
    method: 'get',
    path: '/api/runs/{id}/queued',
    right: 'read',
    summary:
      'commands without a decision: those that the kernel is holding for their step, and those that no trainer has read',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/tune',
    right: 'read',
    summary: 'its tuner: changes with their verdicts, and its estimates for its moves; null without a tuner',
  },
  {
    method: 'post',
    path: '/api/runs/{id}/tune/{mutation}/accept',
    right: 'operate',
    summary: 'accept a change that the tuner suggests; the answer is the cid of its command',
    body: TuneAnswerBody,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/tune/{mutation}/reject',
    right: 'operate',
    summary: 'reject a change that the tuner suggests; the answer is the cid of its command',
    body: TuneAnswerBody,
  },
  {
    method: 'get',
    path: '/api/runs/{id}/notifications',
    right: 'read',
    summary: 'rules and channels for messages about the run, and the latest messages with their outcomes',
  },
  {
    method: 'post',
    path: '/api/runs/{id}/notifications/test',
    right: 'own',
    summary: 'send a test message to channels; the answer contains the outcome for each',
    body: NotificationTestBody,
  },
  {
    method: 'get',
    path: '/api/launcher',
    right: 'read',
    summary: 'the training runs that can be started: built-in ones, and config files under the roots',
  },
  {
    method: 'post',
    path: '/api/launcher/start',
    right: 'own',
    summary: 'start one of them as a new run; the answer is the name of the run',
    body: StartBody,
    answer: v.object({ run: v.string() }),
  },
  {
    method: 'get',
    path: '/api/runs/{id}/launcher',
    right: 'read',
    summary: 'the process of the run; null if no launcher started it',
  },
  {
    method: 'post',
    path: '/api/runs/{id}/launcher/resume',
    right: 'own',
    summary: 'continue a run that no process is training, with its original options',
    body: ResumeBody,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/launcher/stop',
    right: 'own',
    summary: 'stop it: the training run is asked to stop, and later gets SIGTERM and SIGKILL',
    body: StopBody,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/launcher/branch',
    right: 'own',
    summary: 'start a new run from one of its checkpoints; the answer is the name of the new run',
    body: BranchBody,
    answer: v.object({ run: v.string() }),
  },
  {
    method: 'get',
    path: '/api/runs/{id}/tree',
    right: 'read',
    summary:
      'its checkpoints, the branches that begin at loaded checkpoints, the runs that were started from it, and its parent runs',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/callbacks',
    right: 'read',
    summary: 'callbacks, as the kernel last reported them',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/features',
    right: 'read',
    summary: 'captured activations, newest last',
    query: FeaturesQuery,
    answer: v.object({ snapshots: v.array(FeatureRecordSchema) }),
  },
  { method: 'get', path: '/api/runs/{id}/log', right: 'read', summary: 'the end of the log', query: LogQuery },
  {
    method: 'get',
    path: '/api/runs/{id}/output',
    right: 'read',
    summary: "the last 64 KiB of a launched training run's output; null if it is not in a file",
    query: OutputQuery,
    answer: v.object({
      output: v.nullable(
        v.object({ stamp: v.string(), size: v.number(), skipped: v.number(), text: v.nullable(v.string()) }),
      ),
    }),
  },
]
