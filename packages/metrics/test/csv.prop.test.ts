import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnName, columnNames } from '../src/table/column-name.ts'
import { csvRecord, readCsvRecord } from '../src/table/csv.ts'
import { jsonRow } from '../src/table/json-row.ts'

const text = fc.string({ unit: fc.constantFrom(...'ab ,"\r\n=;\t\ufeff\u00e9'), maxLength: 8 })

test('a record of arbitrary texts is read back unchanged, and no prefix of it is accepted as complete', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), (cells) => {
      const written = csvRecord(cells)
      expect(readCsvRecord(`${written}next`)).toEqual({ cells, end: written.length })
      for (let end = 0; end < written.length; end++) {
        const part = readCsvRecord(written.slice(0, end))
        if (part !== null) expect.unreachable(`${JSON.stringify(written.slice(0, end))} was read as a record`)
      }
    }),
    { numRuns: 2000 },
  )
})

test('numbers are read back bit for bit', () => {
  const values = [0.1, -0, 5e-324, 1.7976931348623157e308, 2 ** 53 + 2, -1e-7]
  const { cells } = readCsvRecord(csvRecord(values)) ?? { cells: [] }
  expect(cells.map(Number)).toEqual(values)
  expect(csvRecord([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe('NaN,Infinity,-Infinity\n')
})

test('the line breaks of every system are accepted', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    expect(readCsvRecord(`a,"b""c"${end}1,2`)).toEqual({ cells: ['a', 'b"c'], end: 7 + end.length + 1 })
  }
})

const own = ['step', 'epoch']
const word = fc.constantFrom('step', 'epoch', 'loss', 'metrics.', '.', '', 'metrics', '\ud800', '\\ud800', '\ufffd')
const name = fc.array(word, { maxLength: 4 }).map((words) => words.join(''))

test('different names have different columns, none of which is one of the table\u2019s own', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 30 }), (names) => {
      const columns = columnNames(names, own)
      expect(new Set([...own, ...columns]).size).toBe(names.length + own.length)
      expect(columns.every((column) => column !== '' && !/\p{Surrogate}/u.test(column))).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('an ordinary name is its own column, and a column does not depend on the others', () => {
  for (const plain of ['loss', 'val/acc', 'metrics.loss', 'metrics', 'steps', 'Step', 'a.step', '=1+1']) {
    expect(columnName(plain, own)).toBe(plain)
  }
  expect(['step', 'metrics.step', 'epoch', ''].map((one) => columnName(one, own))).toEqual([
    'metrics.step',
    'metrics.metrics.step',
    'metrics.epoch',
    'metrics.',
  ])
  expect(columnNames(['metrics.step', 'loss', 'step'], own)).toEqual(['metrics.metrics.step', 'loss', 'metrics.step'])
})

test('a row in JSON keeps its own columns and every metric', () => {
  const row = jsonRow({ step: 0, id: 'log', phase: null }, [
    ['step', 99],
    ['id', 5],
    ['__proto__', 7],
    ['loss', Number.NaN],
    ['zero', -0],
    ['w.stats', { n: 1 }],
    ['w.stats', 2],
  ])
  expect(row).toBe(
    '{"step":0,"id":"log","phase":null,"metrics.step":99,"metrics.id":5,"__proto__":7,"loss":null,"zero":-0,"w.stats":{"n":1},"w.stats (2)":2}\n',
  )
})
