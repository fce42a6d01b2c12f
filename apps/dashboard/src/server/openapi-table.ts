import * as v from 'valibot'
import type { Operation } from './openapi.ts'
import {
  LabelsBody,
  RunLabelsSchema,
  TableBody,
  TableColumnsSchema,
  TablePageSchema,
  ViewBody,
  ViewDeletion,
  ViewsSchema,
} from './schemas-table.ts'

/** Routes for the table of runs, labels and saved views. */
export const TABLE_PAGES: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/table',
    right: 'read',
    summary: 'a page of the table of runs: filtered, sorted and grouped by any parameter or metric',
    body: TableBody,
    answer: TablePageSchema,
  },
  {
    method: 'get',
    path: '/api/table/columns',
    right: 'read',
    summary: 'the parameters, metrics and tags of all runs',
    answer: TableColumnsSchema,
  },
  {
    method: 'post',
    path: '/api/labels',
    right: 'operate',
    summary: 'change the tags, notes, name, star, pin or archived flag of runs; other labels are kept',
    body: LabelsBody,
    answer: v.object({ labels: v.record(v.string(), RunLabelsSchema) }),
  },
  ...viewPages('/api/views', 'the table'),
  ...viewPages('/api/chart-views', 'the charts of a run'),
]

function viewPages(path: string, what: string): readonly Operation[] {
  return [
    { method: 'get', path, right: 'read', summary: `the saved views of ${what}`, answer: ViewsSchema },
    {
      method: 'put',
      path,
      right: 'operate',
      summary: `save a view of ${what}; \`version\` is that of the view that it replaces, null for a new one`,
      body: ViewBody,
      answer: ViewsSchema,
    },
    {
      method: 'delete',
      path,
      right: 'operate',
      summary: `delete a view of ${what}`,
      body: ViewDeletion,
      answer: ViewsSchema,
    },
  ]
}
