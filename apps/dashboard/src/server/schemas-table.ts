import * as v from 'valibot'
import { FIELDS, parseColumn } from '../shared/table/column.ts'
import { RunRowSchema } from './schemas.ts'

type Schema = v.GenericSchema

const runId: Schema = v.pipe(v.string(), v.minLength(1), v.maxLength(512))
const tag: Schema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64))
const column: Schema = v.pipe(
  v.string(),
  v.maxLength(600),
  v.check((text) => parseColumn(text) !== undefined, `expected one of ${FIELDS.join(', ')}, p:NAME or m:NAME:STAT`),
)
const sort: Schema = v.pipe(
  v.string(),
  v.maxLength(600),
  v.check(
    (text) => parseColumn(text.replace(/^-/, '')) !== undefined,
    'expected a column, with a leading minus for descending order',
  ),
)

/** A request for a page of the table of runs. */
export const TableBody: Schema = v.strictObject({
  filter: v.optional(v.pipe(v.string(), v.maxLength(2000))),
  sort: v.optional(sort),
  columns: v.optional(v.pipe(v.array(column), v.maxLength(60))),
  group: v.optional(column),
  offset: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(500))),
  version: v.optional(v.pipe(v.string(), v.maxLength(20_000))),
})

/** A change to the labels of one or more runs. */
export const LabelsBody: Schema = v.strictObject({
  runs: v.pipe(v.array(runId), v.minLength(1), v.maxLength(5000)),
  add_tags: v.optional(v.pipe(v.array(tag), v.maxLength(50))),
  remove_tags: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(1000))), v.maxLength(50))),
  notes: v.optional(v.pipe(v.string(), v.maxLength(20_000))),
  expect_notes: v.optional(v.string()),
  name: v.nullish(v.pipe(v.string(), v.trim(), v.maxLength(200))),
  star: v.optional(v.boolean()),
  pin: v.optional(v.boolean()),
  archived: v.optional(v.boolean()),
})

const viewName: Schema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))

/** A view to save. */
export const ViewBody: Schema = v.strictObject({
  name: viewName,
  query: v.pipe(v.string(), v.maxLength(8000)),
  version: v.nullish(v.pipe(v.number(), v.safeInteger())),
  author: v.nullish(v.pipe(v.string(), v.maxLength(128))),
})

/** A view to delete. */
export const ViewDeletion: Schema = v.strictObject({ name: viewName, version: v.pipe(v.number(), v.safeInteger()) })

export const RunLabelsSchema: Schema = v.object({
  tags: v.array(v.string()),
  notes: v.string(),
  name: v.nullable(v.string()),
  star: v.boolean(),
  pin: v.boolean(),
  archived: v.boolean(),
})

const CellSchema: Schema = v.nullable(v.union([v.string(), v.number(), v.boolean()]))

export const TablePageSchema: Schema = v.object({
  version: v.string(),
  unchanged: v.boolean(),
  total: v.number(),
  found: v.number(),
  offset: v.number(),
  rows: v.array(v.object({ row: RunRowSchema, labels: RunLabelsSchema, cells: v.array(CellSchema) })),
  groups: v.array(v.object({ value: CellSchema, count: v.number() })),
  unread: v.number(),
  problems: v.array(v.string()),
})

const names: Schema = v.array(v.string())
export const TableColumnsSchema: Schema = v.object({ params: names, metrics: names, tags: names })

export const ViewsSchema: Schema = v.object({
  views: v.array(
    v.object({ name: v.string(), query: v.string(), author: v.nullable(v.string()), version: v.number() }),
  ),
  problem: v.nullable(v.string()),
})
