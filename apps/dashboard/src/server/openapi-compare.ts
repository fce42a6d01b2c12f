import type { Operation } from './openapi.ts'
import { CompareRunsBody, CompareSeriesBody, DivergenceQuery } from './schemas-compare.ts'

/** Routes of the page that compares runs. */
export const COMPARE_PAGES: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/compare/series',
    right: 'read',
    summary: 'the courses of metrics of several runs, by buckets: mean, minimum and maximum of all points',
    body: CompareSeriesBody,
  },
  {
    method: 'post',
    path: '/api/compare/facts',
    right: 'read',
    summary: 'parameters, changes, callbacks, last metrics and annotations of several runs',
    body: CompareRunsBody,
  },
  {
    method: 'post',
    path: '/api/compare/axes',
    right: 'read',
    summary: 'time and epoch of several runs at up to 160 of their steps',
    body: CompareRunsBody,
  },
  {
    method: 'get',
    path: '/api/compare/divergence',
    right: 'read',
    summary: 'the first step at which a metric of two runs differs',
    query: DivergenceQuery,
  },
]
