import { ControlsDocumentSchema, FeatureRecordSchema, FreezeSchema, LedgerLineSchema } from '@hotcb/protocol/schemas'
import * as v from 'valibot'
import type { Operation } from './openapi.ts'
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
  RunRowSchema,
  SeriesPointsSchema,
  SeriesStatsSchema,
  SeriesWindowSchema,
  SessionBody,
  SparklineQuery,
  StatsBody,
  WindowQuery,
  WindowsBody,
} from './schemas.ts'

const windows: v.GenericSchema = v.object({ windows: v.array(SeriesWindowSchema) })

const page: v.GenericSchema = v.object({
  lines: v.array(LedgerLineSchema),
  total: v.number(),
  start: v.number(),
  cursor: v.nullable(v.string()),
  garbage: v.number(),
})

/**
 * Every route of the API, and the right that it takes. The server answers no other: a route that is missing here is
 * `not_found`, whatever its handler says.
 */
export const PAGES: readonly Operation[] = [
  { method: 'get', path: '/api/health', right: 'read', summary: 'whether the server lives, and what it carries' },
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
    summary: 'whom the token names, and what they may do',
    answer: MeSchema,
  },
  {
    method: 'get',
    path: '/api/runs',
    right: 'read',
    summary: 'all runs; `complete` is false while rows are still being read',
    answer: v.object({ runs: v.array(RunRowSchema), complete: v.boolean(), problems: v.array(v.string()) }),
  },
  {
    method: 'get',
    path: '/api/sparklines',
    right: 'read',
    summary: 'the course of a metric of many runs',
    query: SparklineQuery,
  },
  { method: 'get', path: '/api/runs/{id}', right: 'read', summary: 'one run: its documents, controls and checkpoints' },
  {
    method: 'get',
    path: '/api/runs/{id}/metrics',
    right: 'read',
    summary: 'the names of its metrics and how far they are read',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/metrics/window',
    right: 'read',
    summary: 'windows of series: mean, least, greatest, first, last and count of every pixel',
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
    summary: 'what can be changed',
    answer: ControlsDocumentSchema,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/commands',
    right: 'operate',
    summary: 'append commands; the answer is their cids, their fate is in the ledger',
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
    summary: 'commands that no trainer has taken, without those that are cancelled again',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/callbacks',
    right: 'read',
    summary: 'callbacks, as the kernel last told of them',
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
]
