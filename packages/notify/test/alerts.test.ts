import type { JsonObject } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import {
  alertRules,
  BUILT_IN_ALERTS,
  createAlertFold,
  createNotifyEngine,
  type NotifyRule,
  readNotifyConfig,
  readPageRule,
  readPageRules,
} from '../src/index.ts'

const SCOPE = { control: () => undefined, maxSteps: null }

function rulesOf(yaml: string): readonly NotifyRule[] {
  const read = readNotifyConfig(`rules: ${yaml}`, 'n.yaml')
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.config.rules
}

describe('rules of the page', () => {
  test('have the fields of hotcb.notify.yaml except channels, and each mistake is reported in one line', () => {
    const read = readPageRule('too high', { on: 'gt', metric: 'val_loss', value: 3, author: 'ada', rev: 2 })
    expect(read).toMatchObject({
      ok: true,
      rule: { id: 'too high', on: 'gt', metric: 'val_loss', value: 3, channels: [], level: 'warning' },
    })
    const wrong = [
      readPageRule('a', {}),
      readPageRule('a', { on: 'gt', metric: 'val_loss' }),
      readPageRule('a', { on: 'nan', channels: ['phone'], template: '{x}' }),
      readPageRule('a', { when: 'val_loss >' }),
      readPageRule('a', { when: 'mean(val_loss, 9000) > 1' }),
      readPageRule('a\nb', { on: 'nan' }),
      readPageRule('x'.repeat(61), { on: 'nan' }),
    ].map((one) => (one.ok ? 'can be used' : one.problem))
    expect(wrong).toEqual([
      expect.stringContaining('`a` needs `on`: one of'),
      '`gt` needs `value`',
      // Channels and templates are not read, because the page has no influence on messages.
      'can be used',
      expect.stringContaining('`when`, at character'),
      '`when` must need fewer than 512 values, got 9001',
      expect.stringContaining('on one line'),
      expect.stringContaining('1 to 60 characters'),
    ])
  })

  test('that cannot be used are reported, and the others apply', () => {
    const text = JSON.stringify({
      protocol: 1,
      rules: { good: { on: 'nan' }, bad: { on: 'nam' }, gone: { deleted: true, rev: 2 }, odd: 7 },
    })
    const { rules, problems } = readPageRules(text)
    expect(rules.map(({ id }) => id)).toEqual(['good'])
    expect(problems).toEqual([expect.stringContaining('did you mean `nan`?')])
    expect(readPageRules('{').problems).toEqual([expect.stringContaining('not JSON')])
    expect(readPageRules('[]').problems).toEqual(['must be an object with `rules`'])
  })

  test('apply together with the built-in rules that the configuration does not replace, each with its own id', () => {
    expect(alertRules([], []).map(({ on }) => on)).toEqual(['nan', 'lost', 'silent', 'plateau'])
    const own = readPageRules('{"rules": {"nan": {"on": "nan"}, "mine": {"on": "stuck"}}}').rules
    const all = alertRules(rulesOf('[{on: nan}, {on: failed}, {on: plateau, metric: x, value: 1}]'), own)
    expect(all.map(({ id }) => id)).toEqual([
      ...['nan', 'failed', 'plateau x', 'page-silent', 'page-plateau', 'nan (page)', 'mine'],
    ])
  })
})

describe('the engine', () => {
  test('judges each metric separately if a rule applies to all metrics', () => {
    const engine = createNotifyEngine({ rules: BUILT_IN_ALERTS, keyMetric: null, scope: SCOPE })
    const seen = (step: number, metrics: Record<string, number | null>): readonly string[] =>
      engine.record({ step, metrics }, step).map(({ key, phase, at }) => `${key} ${phase} ${at.step}`)
    expect(seen(1, { a: 1, b: 2 })).toEqual([])
    expect(seen(2, { a: null, b: 2 })).toEqual(['page-nan a opened 2'])
    expect(seen(3, { a: null, b: null })).toEqual(['page-nan b opened 3'])
    expect(seen(4, { a: 1, b: null })).toEqual(['page-nan a recovered 4'])
  })

  test('accepts new rules while it runs: unchanged rules continue, and the alerts of removed rules end', () => {
    const [high, low] = rulesOf('[{on: gt, metric: x, value: 3}, {on: lt, metric: x, value: 9}]')
    if (high === undefined || low === undefined) throw new Error('two rules')
    const engine = createNotifyEngine({ rules: [high, low], keyMetric: null, scope: SCOPE })
    expect(engine.record({ step: 1, metrics: { x: 5 } }, 1).map(({ key }) => key)).toEqual(['gt x', 'lt x'])
    expect(engine.setRules([{ ...high, value: 4 }, low])).toEqual(['gt x'])
    expect(engine.record({ step: 2, metrics: { x: 6 } }, 2).map(({ key, phase }) => `${key} ${phase}`)).toEqual([
      'gt x opened',
    ])
  })
})

describe('the fold over the log', () => {
  const message = { title: 'exp: x too high', text: '5 > 3', level: 'warning', run: 'exp', step: 7, rule: 'gt x' }
  const full = { ...message, phase: 'opened', metric: 'x', value: 5, action: null }
  const edge = (ts: number, phase: string, more: object = {}): JsonObject =>
    ({ kind: 'edge', ts, n: 1, data: { key: 'gt x', phase, step: 7, ...more } }) as JsonObject

  test('creates one alert from the beginning to the end of a problem, and a new one when the problem recurs', () => {
    const fold = createAlertFold()
    for (const line of [
      edge(10, 'opened', { message: full }),
      edge(20, 'repeated', { message: null }),
      edge(30, 'recovered', { message: null }),
      edge(40, 'opened', { message: full }),
    ])
      fold.take(line)
    expect(fold.alerts()).toMatchObject([
      { id: 'gt x@10', title: 'x too high', metric: 'x', value: 5, step: 7, opened: 10, seen: 20, ended: 30 },
      { id: 'gt x@40', opened: 40, ended: null },
    ])
  })

  test('ignores messages with the level info, lines from older notifiers, and void lines', () => {
    const fold = createAlertFold()
    fold.take({ kind: 'begin', ts: 1, n: 2, data: { token: 't', host: 'h', pid: 1, start: 's', engine: 'notifier' } })
    fold.take(edge(10, 'opened', { message: full }))
    fold.take({ ...edge(11, 'opened'), n: 2 })
    fold.take({ ...edge(12, 'opened', { message: { ...full, level: 'info' } }), n: 2 })
    expect(fold.alerts()).toEqual([])
  })
})
