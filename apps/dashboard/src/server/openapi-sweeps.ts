import type { Operation } from './openapi.ts'
import {
  AnswerBody,
  ContourBody,
  CurvesBody,
  DecisionsQuery,
  ImportanceBody,
  SetBody,
  TrialRequestBody,
  TrialsQuery,
} from './schemas-sweeps.ts'

/** Routes for sweeps. */
export const SWEEP_PAGES: readonly Operation[] = [
  { method: 'get', path: '/api/sweeps', right: 'read', summary: 'the sweeps below the roots, with their totals' },
  {
    method: 'get',
    path: '/api/sweeps/{id}',
    right: 'read',
    summary: 'objective, parameters, driver and progress of a sweep',
  },
  {
    method: 'get',
    path: '/api/sweeps/{id}/trials',
    right: 'read',
    summary: 'its trials as columns; with `since`, the `version` of an earlier answer, only those that changed',
    query: TrialsQuery,
  },
  {
    method: 'get',
    path: '/api/sweeps/{id}/trials/{i}',
    right: 'read',
    summary: 'one trial: values, attempts, decisions, and the end of its output',
  },
  {
    method: 'post',
    path: '/api/sweeps/{id}/trials/{i}/run',
    right: 'read',
    summary: 'the name of its run, for the run pages',
  },
  {
    method: 'post',
    path: '/api/sweeps/{id}/curves',
    right: 'read',
    summary: 'the curves of one metric, for at most 500 trials and 200 points each',
    body: CurvesBody,
  },
  {
    method: 'get',
    path: '/api/sweeps/{id}/decisions',
    right: 'read',
    summary: 'planner decisions as columns; `after` skips earlier ones',
    query: DecisionsQuery,
  },
  {
    method: 'get',
    path: '/api/sweeps/{id}/lineage',
    right: 'read',
    summary: 'which members of a population continued from which others',
  },
  {
    method: 'post',
    path: '/api/sweeps/{id}/importance',
    right: 'read',
    summary: 'the importance of each parameter, from all or some of the completed trials',
    body: ImportanceBody,
  },
  {
    method: 'post',
    path: '/api/sweeps/{id}/contour',
    right: 'read',
    summary: 'the metric over two parameters, estimated between the completed trials',
    body: ContourBody,
  },
  {
    method: 'post',
    path: '/api/sweeps/{id}/requests',
    right: 'operate',
    summary: 'stop, prune, pause or resume trials; `resume` also retries failed and cancelled ones',
    body: TrialRequestBody,
  },
  {
    method: 'get',
    path: '/api/sweeps/{id}/monitor',
    right: 'read',
    summary: 'the monitor: health, spend, plan, open proposals, and the latest messages',
  },
  {
    method: 'post',
    path: '/api/sweeps/{id}/monitor/answers',
    right: 'operate',
    summary: 'approve or reject a proposal of the monitor, which carries out the answer at its next check',
    body: AnswerBody,
  },
  {
    method: 'post',
    path: '/api/sweeps/{id}/set',
    right: 'operate',
    summary: 'change controls of running trials, as `hotcb sweep set` does; the answer has the outcome of each trial',
    body: SetBody,
  },
]
