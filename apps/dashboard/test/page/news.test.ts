import type { ActionRecord } from '@hotcb/autopilot'
import { expect, test } from 'vitest'
import type { ShownAlert } from '../../src/shared/alerts.ts'
import type { RunStatus } from '../../src/shared/wire.ts'
import { newsOf } from '../../src/web/notices/news.ts'

const ROW = { name: 'digits', step: 310 }
const NOTHING = { proposals: [], actions: [] }

function seen(status: RunStatus, ...ids: string[]) {
  return { status, actions: new Set(ids), alerts: new Set(['plateau@1']) }
}

function action(id: string, state: ActionRecord['state']): ActionRecord {
  const command = { module: 'opt', op: 'set_params', params: { lr: 0.15 }, expect: { lr: 0.3 } }
  // Only these fields are used.
  return { id, state, rule: 'mine', because: 'no better', command: state === 'told' ? null : command } as ActionRecord
}

function alert(id: string, metric: string | null, step: number | null): ShownAlert {
  const found = { title: `${id} found`, text: 'because', level: 'warning', rule: 'r' } as const
  return { id, metric, step, ...found, value: null, opened: 1, seen: 1, ended: null, acknowledged: null }
}

test('a run that finishes, falls silent or is paused is reported once', () => {
  const told = (before: RunStatus, now: RunStatus): string[] =>
    newsOf(seen(before), seen(now), ROW, NOTHING, []).map(({ title, body }) => `${title} ${body}`)
  expect(told('running', 'finished')).toEqual(['digits: finished at step 310'])
  expect(told('running', 'silent')).toEqual(['digits: the trainer shows no sign of life at step 310'])
  expect(told('running', 'paused')).toEqual(['digits: paused at step 310'])
  expect(told('paused', 'running')).toEqual([])
  expect(told('finished', 'finished')).toEqual([])
  // A change from an unknown status is not news.
  expect(told('unknown', 'finished')).toEqual([])
})

test('a new alert is reported, oldest first, and leads to its place in the chart', () => {
  const told = newsOf(seen('running'), seen('running'), ROW, NOTHING, [
    alert('nan val_loss@9', 'val_loss', 300),
    alert('silent@8', null, null),
    alert('plateau@1', 'val_loss', 20),
    { ...alert('gt@2', 'loss', 30), acknowledged: { by: 'bob', at: 7 } },
  ])
  expect(told).toEqual([
    {
      tag: 'digits silent@8',
      title: 'digits: silent@8 found',
      body: 'because',
      view: { tab: null, q: null, focus: null, x: null },
    },
    {
      tag: 'digits nan val_loss@9',
      title: 'digits: nan val_loss@9 found',
      body: 'because (step 300)',
      view: { tab: null, q: null, focus: 'val_loss', x: '150~338' },
    },
  ])
})

test('a new proposal and a new alert are reported, and lead to the autopilot', () => {
  const open = action('a1-2', 'open')
  const now = { proposals: [open], actions: [action('a1-3', 'told'), open, action('a1-1', 'told')] }
  expect(newsOf(seen('running', 'a1-1'), seen('running', 'a1-1', 'a1-2', 'a1-3'), ROW, now, [])).toEqual([
    { tag: 'digits a1-3', title: 'digits: alert from mine', body: 'no better', view: { tab: 'autopilot' } },
    {
      tag: 'digits a1-2',
      title: 'digits: lr 0.3 → 0.15 is waiting for a person',
      body: 'no better',
      view: { tab: 'autopilot' },
    },
  ])
})
