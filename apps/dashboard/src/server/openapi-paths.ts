import { ControlsDocumentSchema, FeatureRecordSchema, FreezeSchema, LedgerLineSchema } from '@hotcb/protocol/schemas'
import * as v from 'valibot'
import type { Operation } from './openapi.ts'
import {
  AcceptedSchema,
  CommandsBody,
  ExportQuery,
  FeaturesQuery,
  FreezeBody,
  LedgerQuery,
  LogQuery,
  RunRowSchema,
  SeriesWindowSchema,
  SessionBody,
  SparklineQuery,
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

/** Every path of the API. A test holds this list against the routes that there are. */
export const PAGES: readonly Operation[] = [
  { method: 'get', path: '/api/health', summary: 'whether the server lives, and what it carries' },
  { method: 'get', path: '/api/config', summary: 'every tunable by section, without the token' },
  { method: 'get', path: '/api/openapi.json', summary: 'this document' },
  { method: 'post', path: '/api/session', summary: 'exchange the token for a cookie', body: SessionBody },
  {
    method: 'get',
    path: '/api/runs',
    summary: 'all runs; `complete` is false while rows are still being read',
    answer: v.object({ runs: v.array(RunRowSchema), complete: v.boolean(), problems: v.array(v.string()) }),
  },
  { method: 'get', path: '/api/sparklines', summary: 'the course of a metric of many runs', query: SparklineQuery },
  { method: 'get', path: '/api/runs/{id}', summary: 'one run: its documents, controls and checkpoints' },
  { method: 'get', path: '/api/runs/{id}/metrics', summary: 'the names of its metrics and how far they are read' },
  {
    method: 'get',
    path: '/api/runs/{id}/metrics/window',
    summary: 'windows of series, every extreme of every pixel kept',
    query: WindowQuery,
    answer: windows,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/metrics/windows',
    summary: 'a batch of windows',
    body: WindowsBody,
    answer: windows,
  },
  {
    method: 'get',
    path: '/api/runs/{id}/metrics/export',
    summary: 'all points as CSV',
    query: ExportQuery,
    type: 'text/csv',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/ledger',
    summary: 'a page of the ledger, newest last',
    query: LedgerQuery,
    answer: page,
  },
  { method: 'get', path: '/api/runs/{id}/markers', summary: 'applied changes, for charts' },
  {
    method: 'get',
    path: '/api/runs/{id}/controls',
    summary: 'what can be changed',
    answer: ControlsDocumentSchema,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/commands',
    summary: 'append commands; the answer is their cids, their fate is in the ledger',
    body: CommandsBody,
    answer: AcceptedSchema,
  },
  { method: 'get', path: '/api/runs/{id}/freeze', summary: 'the freeze document', answer: FreezeSchema },
  { method: 'put', path: '/api/runs/{id}/freeze', summary: 'write the freeze document', body: FreezeBody },
  { method: 'get', path: '/api/runs/{id}/callbacks', summary: 'callbacks, as the kernel last told of them' },
  {
    method: 'get',
    path: '/api/runs/{id}/features',
    summary: 'captured activations, newest last',
    query: FeaturesQuery,
    answer: v.object({ snapshots: v.array(FeatureRecordSchema) }),
  },
  { method: 'get', path: '/api/runs/{id}/log', summary: 'the end of the log', query: LogQuery },
]
