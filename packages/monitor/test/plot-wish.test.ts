import { FIGURE_KINDS } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { readPlotWish } from '../src/plot-wish.ts'

const read = (line: string) => readPlotWish(line.split(' '), FIGURE_KINDS)

test.each([
  ['smooth=1000', ['curves', null, null, 1000]],
  ['smooth=2 7 8', ['curves', '8', [7], 2]],
  ['1 2 3', ['curves', '3', [1], 2]],
  ['contour contour', ['contour', 'contour', null, 1]],
  ['x1 5-5', ['curves', 'x1', [5], 1]],
  ['2,1,2-3', ['curves', null, [2, 1, 3], 1]],
  ['0,10 lineage smooth=1', ['lineage', null, [0, 10], 1]],
  ['1234567', ['curves', null, [1_234_567], 1]],
])('/plot %s is read', (line, [kind, metric, trials, smooth]) => {
  expect(read(line)).toEqual({ ok: true, value: { kind, metric, trials, smooth } })
})

test('a range has at most ten thousand trials', () => {
  const all = read('0-9999')
  expect(all.ok && all.value.trials?.length).toBe(10_000)
  expect(read('0-10000')).toEqual({ ok: false, reason: '"0-10000" is not a range of at most 10000 trials' })
})

const smooth = (got: string) => `smooth must be a whole number from 1 to 1000, got "${got}"`
const notTrials = (word: string) => `"${word}" is not a list of trials such as 0,3-5`

test.each([
  ['loss accuracy', '"accuracy" was not expected; give a kind, a metric, trials and smooth=N'],
  ['3-1', '"3-1" is not a range of at most 10000 trials'],
  ['0,3-1', '"3-1" is not a range of at most 10000 trials'],
  ['1,', notTrials('1,')],
  ['1,x', notTrials('1,x')],
  ['1-2-3', notTrials('1-2-3')],
  ['12345678', notTrials('12345678')],
  ['1-12345678', notTrials('1-12345678')],
  ['smooth=', smooth('')],
  ['smooth=0', smooth('0')],
  ['smooth=1001', smooth('1001')],
  ['smooth=x', smooth('x')],
  ['smooth=x1', smooth('x1')],
  ['smooth=1x', smooth('1x')],
  ['1 0', smooth('0')],
])('/plot %s is refused with a reason', (line, reason) => {
  expect(read(line)).toEqual({ ok: false, reason })
})
