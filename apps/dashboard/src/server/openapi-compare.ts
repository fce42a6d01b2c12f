import type { Operation } from './openapi.ts'
import { CompareRunsBody, CompareSeriesBody, DivergenceQuery } from './schemas-compare.ts'

/** Routes for the page that compares runs. */
export const COMPARE_PAGES: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/compare/series',
    right: 'read',
    summary: 'metric curves of several runs, in buckets; mean, minimum and maximum include all points',
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
