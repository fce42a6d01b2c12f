import { expect, test } from 'vitest'
import { bandColumns } from '../../src/web/panels/charts/band-columns.ts'

// A pixel of the canvas is 40 plus the step, and 110 minus the value.
const BOX = { left: 40, top: 10, width: 200, height: 100 }
const valToPos = (value: number, scale: string): number => (scale === 'x' ? 40 + value : 110 - value)

/**
 * The columns of entries, each `step:max:min`, as `left+width top+height`. `-` is a gap, and an empty maximum is a step of
 * another metric.
 */
function columnsOf(text: string): readonly string[] {
  const entries = text.split(' ').map((entry) => entry.split(':'))
  const column = (at: number) =>
    entries.map((entry) => (entry[at] === '-' ? null : entry[at] === '' ? undefined : Number(entry[at])))
  const plot = { data: [column(0), [], column(1), column(2)], bbox: BOX, valToPos }
  return bandColumns(plot as never, 2, 0, entries.length - 1).map(
    ({ left, top, width, height }) => `${left}+${width} ${top}+${height}`,
  )
}

test.each([
  ['10:20:10 20:30:10 30:40:40 40:25:5', ['43+12 90+10', '55+10 80+20', '75+13 85+20']],
  ['10:20:10 20::5 30:30: 40:-:1 50:4:-', ['40+25 90+10']],
  ['10:20:10', ['49+2 90+10']],
  ['10:20:10 12:20:10 100:20:10', ['40+11 90+10', '51+35 90+10', '106+68 90+10']],
  ['10:20.2:20.1 10.2:20:19', ['50+1 90+1', '50+1 90+1']],
])('an entry with several values has a column up to the middle between its neighbours: %s', (entries, columns) => {
  expect(columnsOf(entries)).toEqual(columns)
})

test('a plot without entries in sight has no columns', () => {
  const plot = { data: [[1], [], [2], [3]], bbox: BOX, valToPos }
  expect(bandColumns(plot as never, 2, 0, -1)).toEqual([])
})

test.each([
  ['0:120:-20 20:101:99 40:1:-1', ['40+10 10+100', '50+20 10+1', '70+25 109+1']],
  ['20:105:101 40:-1:-5 60:100.4:100 80:0:-0.4', ['90+20 10+1', '110+25 110+1']],
  ['-20:20:10 -10:20:10 0:20:10', ['40+8 90+10']],
  ['180:20:10 200:20:10 220:20:10 240:20:10', ['205+25 90+10', '230+10 90+10']],
  ['0:20:10 1000:5:2', ['40+200 90+10']],
])('a column is cut off at the edges of its plot, and left out beyond them: %s', (entries, columns) => {
  expect(columnsOf(entries)).toEqual(columns)
})
