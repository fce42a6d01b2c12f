import type { Operation } from './openapi.ts'
import { AcknowledgeBody, AlertRuleBody, AlertRuleDeletion, AlertsSchema } from './schemas-alerts.ts'

/** Routes for alerts. */
export const ALERT_PAGES: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/runs/{id}/alerts',
    right: 'read',
    summary: 'the alerts of the run, newest first, the people who have seen them, and the rules that raise them',
    answer: AlertsSchema,
  },
  {
    method: 'post',
    path: '/api/runs/{id}/alerts/acknowledge',
    right: 'operate',
    summary: 'record that a person has seen alerts',
    body: AcknowledgeBody,
    answer: AlertsSchema,
  },
  {
    method: 'put',
    path: '/api/runs/{id}/alerts/rules',
    right: 'operate',
    summary:
      'save a rule whose alerts the page shows; `version` is that of the rule that it replaces, null for a new one',
    body: AlertRuleBody,
    answer: AlertsSchema,
  },
  {
    method: 'delete',
    path: '/api/runs/{id}/alerts/rules',
    right: 'operate',
    summary: 'delete a rule',
    body: AlertRuleDeletion,
    answer: AlertsSchema,
  },
]
