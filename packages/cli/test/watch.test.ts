import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine, UNFROZEN } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { frame, share } from '../src/commands/look/watch/frame.ts'
import { createMetricHistory, MAX_POINTS } from '../src/commands/look/watch/metric-history.ts'
import { shrink, sparkline } from '../src/commands/look/watch/sparkline.ts'
import { openWatcher } from '../src/commands/look/watch/watcher.ts'
import { visibleWidth } from '../src/print/table.ts'
import { openTerminal } from '../src/print/terminal.ts'
import { openRun } from '../src/run.ts'
import { control, ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

const terminal = openTerminal({ env: { LC_ALL: 'C.UTF-8', NO_COLOR: '1' } })

describe('a sparkline', () => {
  test.each<[(number | null)[], number, string]>([
    [[0, 1, 2, 3, 4, 5, 6, 7], 8, '▁▂▃▄▅▆▇█'],
    [[1, 1, 1], 8, '▅▅▅'],
    [Array.from({ length: 7 }, () => 0.03), 2, '▅▅'],
    [[0, null, 7], 8, '▁ █'],
    [[0, 0, 7, 7], 2, '▁█'],
    [[], 8, ''],
    [[null], 8, ' '],
    [[1, 2], 0, ''],
  ])('of %j, %i wide, is "%s"', (values, width, line) => {
    expect(sparkline(values, width)).toBe(line)
  })

  test('has an ASCII form', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8, false)).toBe('_.-~=+*#')
  })

  test('averages equal parts if there are too many values', () => {
    expect(shrink([1, 3, 5, null, null, null], 3)).toEqual([2, 5, null])
  })
})

test('a metric history covers the whole run with a limited number of points', () => {
  const history = createMetricHistory()
  const lines = Array.from({ length: 10_000 }, (_, step) => ({
    text: JSON.stringify({ step, wall_time: step / 64, metrics: { loss: step, acc: step % 2 === 0 ? null : 1 } }),
    offset: 0,
    bytes: 0,
  }))
  history.take(lines)
  const [loss, acc] = history.series
  expect(loss).toMatchObject({ name: 'loss', latest: 9999, min: 0, max: 9999 })
  expect(loss?.values.length).toBeLessThanOrEqual(MAX_POINTS)
  expect(loss?.values[0]).toBeLessThan(40)
  expect(acc).toMatchObject({ latest: 1, min: 1, max: 1 })
  expect([history.step, history.speed]).toEqual([9999, 64])
})

test('rows are distributed: each section gets one if possible, and unused rows go to the others', () => {
  expect(share(20, [2, 3, 100])).toEqual([2, 3, 9])
  expect(share(9, [5, 5, 5])).toEqual([1, 1, 1])
  expect(share(8, [5, 5, 5])).toEqual([2, 2, 0])
  expect(share(2, [5])).toEqual([0])
  expect(share(0, [])).toEqual([])
})

function watchedRun(): string {
  const dir = temporaryDirectory()
  const attempt = ledgerLine({
    step: null,
    module: 'core',
    op: 'attempt',
    payload: { n: 1, step: null, cut: false },
    source: 'kernel',
  })
  const change = ledgerLine({ seq: 2, payload: { lr: 0.01 }, old: { lr: 0.1 }, author: 'ann', notes: 'too fast' })
  writeRun(dir, {
    commands: '',
    ledger: formatLedgerLine(attempt) + formatLedgerLine(change),
    state: stateDocument({ step: 499, freeze: { ...UNFROZEN, mode: 'prod' } }),
    freeze: { mode: 'prod' },
    run: { max_steps: 1000 },
    actuators: {
      controls: [
        control('lr', 'optimizer', { current: 0.01, state: 'unverified' }),
        control('momentum', 'optimizer', { current: 0.9 }),
      ],
    },
    metrics: Array.from(
      { length: 500 },
      (_, step) => `${JSON.stringify({ step, metrics: { loss: 500 - step, 'val/acc': step / 500 } })}\n`,
    ).join(''),
  })
  return dir
}

test('the view shows step, speed, progress, metrics, controls and ledger', () => {
  const watcher = openWatcher(openRun(watchedRun()))
  const lines = frame({ ...watcher.look(), now: 1_790_000_000 }, terminal, { columns: 100, rows: 40 })
  watcher.close()
  const text = lines.join('\n')
  expect(text).toContain('step 499  122 steps/s  alive  frozen: prod')
  expect(text).toContain('50 % of 1,000, 4.1 s left')
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}loss {9}1 {2}█+▇+▆+▅+▄+▃+▂+▁+ +1 … 500$/))
  expect(text).toMatch(/lr 0\.01 \? +momentum 0\.9/)
  expect(text).toMatch(/lr 0\.1 → 0\.01 +applied {2}ann \(cli\): too fast/)
})

test.each([true, false])(
  'a long path is truncated at its start, so that the state and the name of the run remain (unicode: %s)',
  (unicode) => {
    const watcher = openWatcher(openRun(watchedRun()))
    const { status, ...view } = watcher.look()
    watcher.close()
    const run_dir = `/data/${'验'.repeat(40)}/runs/a`
    const look = { ...view, status: { ...status, run_dir }, now: 1_790_000_000 }
    const heads = [40, 80, 200].map((columns) => frame(look, { ...terminal, unicode }, { columns, rows: 40 })[0] ?? '')
    const mark = unicode ? '…' : '.'
    expect(heads.map((head) => head.slice(0, head.indexOf('  ')))).toEqual([
      `${mark}验验/runs/a`,
      `${mark}${'验'.repeat(14)}/runs/a`,
      run_dir,
    ])
    expect(heads[1]).toMatch(/ {2}step 499 {2}122 steps\/s {2}alive {2}frozen: prod$/)
    expect(visibleWidth(heads[1] ?? '')).toBeLessThanOrEqual(80)
  },
)

test.each([1, 2, 3, 5, 8, 13, 21, 60])('the view never exceeds %i rows, for any number of columns', (rows) => {
  const watcher = openWatcher(openRun(watchedRun()))
  const view = watcher.look()
  watcher.close()
  for (const columns of [1, 2, 7, 20, 33, 80, 250]) {
    const lines = frame(view, terminal, { columns, rows })
    expect(lines.length).toBeLessThanOrEqual(rows)
    expect(Math.max(...lines.map(visibleWidth))).toBeLessThanOrEqual(columns)
  }
})

test('a watcher reads each new line once, and starts over when the run does', () => {
  const dir = watchedRun()
  const watcher = openWatcher(openRun(dir))
  expect(watcher.look().ledger.map(({ value: line }) => line.seq)).toEqual([1, 2])
  appendFileSync(join(dir, 'hotcb.applied.jsonl'), formatLedgerLine(ledgerLine({ seq: 3 })))
  appendFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step":777,"metrics":{"loss":NaN}}\n')
  const view = watcher.look()
  expect(view.ledger.map(({ value: line }) => line.seq)).toEqual([1, 2, 3])
  expect(view.step).toBe(777)
  writeRun(dir, { ledger: formatLedgerLine(ledgerLine({ seq: 9 })) })
  expect(watcher.look().ledger.map(({ value: line }) => line.seq)).toEqual([9])
  watcher.close()
})

test('without a terminal the view is printed once', async () => {
  const { code, out, err } = await hotcb(['--dir', watchedRun(), 'watch'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('frozen: prod')
  expect(out).not.toContain('\u001B')
})
