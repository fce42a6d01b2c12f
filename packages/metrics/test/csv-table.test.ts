import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCsvTable, openJsonTable } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

function table(before?: string) {
  const directory = temporaryDirectory()
  const path = join(directory, 'table.csv')
  if (before !== undefined) writeFileSync(path, before)
  const notes: string[] = []
  const open = () => openCsvTable(path, { own: ['step', 'epoch'], note: (text) => void notes.push(text) })
  return { directory, path, notes, open, text: () => readFileSync(path, 'utf8') }
}

function row(step: number, metrics: Record<string, number> = {}, asked: readonly string[] = []) {
  return { own: { step, epoch: '' }, metrics: new Map(Object.entries(metrics)), asked }
}

/** Returns the contents of the file after a process has appended one row to `before`. */
function continued(before: string, metrics: Record<string, number>, asked: readonly string[] = []): string {
  const { open, text } = table(before)
  const csv = open()
  csv.append(row(9, metrics, asked))
  csv.close()
  return text()
}

test('a header is recognised however it was saved, and rows follow its columns', () => {
  const metrics = { a: 1, 'two\nlines': 2, 'b,"c"': 3 }
  for (const [header, expected] of [
    ['step,epoch,a\n', '9,,1\n'],
    ['\ufeffstep,epoch,a\r\n', '9,,1\n'],
    ['\ufeff"step","epoch","a"\n', '9,,1\n'],
    ['step,epoch,a,"two\nlines","b,""c"""\n', '9,,1,2,3\n'],
    ['step,epoch,"two\nlines"\r\n0,,1\r\n', '9,,2\n'],
    ['a,epoch,step\n', '1,,9\n'],
    ['step,note,a,a\n', '9,,1,\n'],
    ['\n\nstep,a\n', '9,1\n'],
    ['a,step', '\n1,9\n'],
    ['step,epoch,a\n0,,5', '\n9,,1\n'],
  ] as const) {
    expect(continued(header, metrics), JSON.stringify(header)).toBe(header + expected)
  }
})

test('a header of any length is read in full', () => {
  const names = Array.from({ length: 3000 }, (_, at) => `layer/${String(at).padStart(5, '0')}/gradient_norm_\u00e9`)
  const { open, text } = table()
  for (const step of [0, 1]) {
    const csv = open()
    csv.append(row(step, Object.fromEntries(names.map((name) => [name, step]))))
    csv.close()
  }
  expect(text()).toBe(
    `step,epoch,${names.join(',')}\n${[0, 1].map((step) => `${step},,${names.map(() => step).join(',')}\n`).join('')}`,
  )
})

test('an empty file, a lone byte order mark and empty lines do not count as a header', () => {
  for (const before of ['', '\ufeff', '\n', '\r\n\n']) {
    expect(continued(before, { a: 1 }), JSON.stringify(before)).toBe('step,epoch,a\n9,,1\n')
  }
})

test('without requested columns, the first row with metrics defines the columns, and later metrics are reported', () => {
  const { open, text } = table()
  const csv = open()
  expect(csv.append(row(0))).toEqual([])
  expect(text()).toBe('')
  csv.append(row(1, { loss: 1 }))
  csv.append(row(2))
  expect(csv.append(row(3, { late: 2, loss: 3 }))).toEqual(['late'])
  csv.close()
  expect(text()).toBe('step,epoch,loss\n1,,1\n2,,\n3,,3\n')
})

test('a requested column exists before its first value', () => {
  const { open, text } = table()
  const csv = open()
  csv.append(row(0, {}, ['loss', 'acc', 'loss']))
  csv.append(row(1, { acc: 0.5 }, ['loss', 'acc', 'loss']))
  csv.close()
  expect(text()).toBe('step,epoch,loss,acc\n0,,,\n1,,,0.5\n')
})

test('a column requested later is added to the table, and every row keeps its cells', () => {
  for (const [before, after] of [
    ['step,epoch,a\n0,,1\n', 'step,epoch,a,b,c\n0,,1,,\n'],
    ['\ufeffstep,epoch,a\r\n0,,1\r\n1,,2\r\n', 'step,epoch,a,b,c\n0,,1,,\r\n1,,2,,\r\n'],
    ['step,epoch,"two\nlines"\n0,,"x\ny"\n', 'step,epoch,"two\nlines",b,c\n0,,"x\ny",,\n'],
    ['\nstep,a\n\n0,1', 'step,a,b,c\n0,1,,\n'],
    ['step,a\r0,1\r', 'step,a,b,c\n0,1,,\r\n'],
  ] as const) {
    const expected = after + (before.includes('epoch') ? '9,,,7,\n' : '9,,7,\n')
    expect(continued(before, { b: 7 }, ['b', 'c']), JSON.stringify(before)).toBe(expected)
  }
})

test('a large table is widened in full, and its directory contains only the table afterwards', () => {
  const rows = Array.from({ length: 120_000 }, (_, step) => `${step},,${step / 7},"q""${step}"`)
  const { open, text, directory, notes } = table(`step,epoch,a,b\n${rows.join('\n')}\n`)
  const csv = open()
  csv.append(row(120_000, { c: 1 }, ['c']))
  csv.append(row(120_001, { c: 2 }, ['c']))
  csv.close()
  expect(text()).toBe(`step,epoch,a,b,c\n${rows.map((one) => `${one},\n`).join('')}120000,,,,1\n120001,,,,2\n`)
  expect(readdirSync(directory)).toEqual(['table.csv'])
  expect(notes).toEqual(['added the columns c: rewrote the table with empty cells in earlier rows'])
})

test('a metric with the name of one of the table\u2019s own columns gets a different column', () => {
  const { open, text } = table()
  const csv = open()
  csv.append(row(0, { loss: 1 }, ['step', 'epoch', 'loss']))
  csv.append(row(1, { loss: 2, epoch: 0.5 }, ['step', 'epoch', 'loss']))
  csv.close()
  expect(text()).toBe('step,epoch,loss,metrics.epoch\n0,,1,\n1,,2,0.5\n')
  expect(continued('step,epoch,metrics.step\n', { step: 7, epoch: 3 })).toBe('step,epoch,metrics.step\n9,,7\n')
})

test('an unfinished last row from a killed process is removed, and a complete one without a line break is kept', () => {
  const whole = 'step,epoch,loss,acc\n0,,0.5,0.25\n1,,0.75,0.5\n'
  const start = whole.indexOf('1,,')
  for (let end = start; end < whole.length; end++) {
    const { open, text, notes } = table(whole.slice(0, end))
    const csv = open()
    csv.append(row(2, { loss: 1, acc: 1 }))
    csv.close()
    const isTorn = end < whole.lastIndexOf(',') + 1
    const kept = isTorn ? whole.slice(0, start) : `${whole.slice(0, end)}\n`
    expect(text(), whole.slice(0, end)).toBe(`${kept}2,,1,1\n`)
    expect(notes).toEqual(
      isTorn && end > start ? [`removed an unfinished last row: ${JSON.stringify(whole.slice(start, end))}`] : [],
    )
  }
})

test('an unfinished header from a killed process is written again', () => {
  const header = 'step,epoch,loss,"two\nlines"\n'
  for (let end = 0; end < header.length; end++) {
    expect(continued(header.slice(0, end), { loss: 1, 'two\nlines': 2 }), header.slice(0, end)).toBe(
      `${header}9,,1,2\n`,
    )
  }
})

test('a file that is not a table of this kind is refused and left unchanged', () => {
  for (const [before, why] of [
    ['name,age\nann,41\n', 'has no column `step` in its first line: choose a different file'],
    [
      'step;epoch;loss\n0;;0,5\n',
      'has no column `step` in its first line: its separator is ";", so save it with commas',
    ],
    ['{"step":0}\n', 'has no column `step` in its first line'],
    ['a,"open\n1,2\n', 'has no column `step` in its first line'],
  ] as const) {
    const { open, text } = table(before)
    expect(() => open().append(row(1, { loss: 1 })), before).toThrow(why)
    expect(text()).toBe(before)
  }
  const { directory } = table()
  mkdirSync(join(directory, 'folder'))
  expect(() => openCsvTable(join(directory, 'folder'), { own: ['step'] })).toThrow(
    /^`.*folder` is a directory: a table needs a regular file$/,
  )
  expect(() => openJsonTable(join(directory, 'folder'))).toThrow(
    /^`.*folder` is a directory: a table needs a regular file$/,
  )
})

test('a table remains valid when other processes delete, replace or write to it while it is open', () => {
  const { open, text, path, directory } = table()
  const csv = open()
  csv.append(row(0, { a: 1, b: 2 }))
  rmSync(path)
  csv.append(row(1, { a: 3, b: 4 }))
  expect(text()).toBe('step,epoch,a,b\n1,,3,4\n')
  writeFileSync(join(directory, 'edited'), 'step,epoch,b\n1,,4\n')
  renameSync(join(directory, 'edited'), path)
  csv.append(row(2, { a: 5, b: 6 }))
  expect(text()).toBe('step,epoch,b\n1,,4\n2,,6\n')
  const other = open()
  other.append(row(3, { c: 1 }, ['c']))
  csv.append(row(4, { b: 7, c: 2 }))
  appendFileSync(path, '5,,8')
  csv.append(row(6, { b: 9 }))
  for (const one of [other, csv]) one.close()
  expect(text()).toBe('step,epoch,b,c\n1,,4,\n2,,6,\n3,,,1\n4,,7,2\n5,,8\n6,,9,\n')
})

test('an unfinished last JSON line from a killed process is removed', () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'lines.jsonl')
  const notes: string[] = []
  for (const [before, kept] of [
    ['{"step":0}\n{"step":1,"lo', '{"step":0}\n'],
    ['{"step":0}\n{"step":1}', '{"step":0}\n{"step":1}\n'],
    ['{"st', ''],
  ] as const) {
    writeFileSync(path, before)
    const lines = openJsonTable(path, (text) => void notes.push(text))
    lines.append({ step: 2 }, [['loss', 1]])
    lines.close()
    expect(readFileSync(path, 'utf8')).toBe(`${kept}{"step":2,"loss":1}\n`)
  }
  expect(notes).toHaveLength(2)
})
