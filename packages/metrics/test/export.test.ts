import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { crc32c } from '../src/export/crc32c.ts'
import { createEventFile, exportMetrics, exportTable, METRICS_FORMATS, tableCsv } from '../src/node.ts'
import { readCsvRecord } from '../src/table/csv.ts'
import { temporaryDirectory } from './directory.ts'
import { readEvents, readPoints } from './event-reader.ts'

const RECORDS = [
  { step: 0, epoch: 0, wall_time: 1790000000.25, metrics: { loss: 0.1, 'val/acc, "top1"': 0.5 } },
  { step: 1, epoch: 0, wall_time: 1790000001, metrics: { loss: null, step: 7 } },
  { step: 2, epoch: 1, wall_time: 1790000002, metrics: { loss: 2e-20 } },
  { step: 1, epoch: 1, wall_time: 1790000003, metrics: { loss: -3 } },
  { step: 3, metrics: { 'val/acc, "top1"': null } },
  { step: 4, metrics: {} },
]

test('csv has one row per step, without ghosts, and NaN for values that were not finite', async () => {
  const { runDir } = setUp()
  const exported = await exportMetrics(runDir, 'csv')
  expect(exported).toEqual({ path: join(runDir, 'metrics.csv'), rows: 5, names: 3, badLines: 1 })
  expect(readFileSync(exported.path, 'utf8').split('\n')).toEqual([
    'step,epoch,wall_time,loss,"val/acc, ""top1""",metrics.step',
    '0,0,1790000000.25,0.1,0.5,',
    '1,1,1790000003,-3,,7',
    '2,1,1790000002,2e-20,,',
    '3,,,,NaN,',
    '4,,,,,',
    '',
  ])
})

test('jsonl has the format of the metrics file', async () => {
  const { runDir } = setUp()
  const { path } = await exportMetrics(runDir, 'jsonl', join(runDir, 'made', 'for', 'it.jsonl'))
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    RECORDS[0],
    { step: 1, epoch: 1, wall_time: 1790000003, metrics: { loss: -3, step: 7 } },
    RECORDS[2],
    { step: 3, epoch: null, wall_time: null, metrics: { 'val/acc, "top1"': null } },
    { step: 4, epoch: null, wall_time: null, metrics: {} },
  ])
  expect(readdirSync(dirname(path))).toEqual(['it.jsonl'])
})

test('any table can be exported as CSV, and as Parquet with a type for each column', async () => {
  const columns = [
    { name: 'i', values: [0, 1, null], isWhole: true },
    { name: 'x', values: [0, 2, Number.NaN] },
    { name: 'is on', values: [true, null, false] },
    { name: 'mixed, "a"', values: ['a', 1, null] },
    { name: 'none', values: [null, null, null] },
    { name: 'half', values: [1, 0.5, null], isWhole: true },
  ]
  expect([...tableCsv(columns)]).toEqual([
    'i,x,is on,"mixed, ""a""",none,half\n',
    '0,0,true,a,,1\n',
    '1,2,,1,,0.5\n',
    ',NaN,false,,,\n',
  ])
  const path = join(temporaryDirectory(), 'made', 'table.parquet')
  await exportTable(path, columns, 'parquet')
  const file = await asyncBufferFromFile(path)
  const { schema } = await parquetMetadataAsync(file)
  const types = schema.slice(1).map(({ type }) => type)
  expect(types).toEqual(['INT64', 'DOUBLE', 'BOOLEAN', 'BYTE_ARRAY', 'DOUBLE', 'DOUBLE'])
  expect(await parquetReadObjects({ file })).toEqual([
    { i: 0n, x: 0, 'is on': true, 'mixed, "a"': 'a', none: null, half: 1 },
    { i: 1n, x: 2, 'is on': null, 'mixed, "a"': '1', none: null, half: 0.5 },
    { i: null, x: Number.NaN, 'is on': false, 'mixed, "a"': null, none: null, half: null },
  ])
  expect(readdirSync(dirname(path))).toEqual(['table.parquet'])
})

test('parquet keeps doubles bit for bit, and distinguishes null from NaN', async () => {
  const { runDir } = setUp()
  const { path } = await exportMetrics(runDir, 'parquet')
  const file = await asyncBufferFromFile(path)
  const { schema } = await parquetMetadataAsync(file)
  expect(schema.slice(1).map(({ name, type }) => [name, type])).toEqual([
    ['step', 'INT64'],
    ['epoch', 'DOUBLE'],
    ['wall_time', 'DOUBLE'],
    ['loss', 'DOUBLE'],
    ['val/acc, "top1"', 'DOUBLE'],
    ['metrics.step', 'DOUBLE'],
  ])
  const none = { epoch: null, wall_time: null, loss: null, 'val/acc, "top1"': null, 'metrics.step': null }
  expect(await parquetReadObjects({ file })).toEqual([
    { ...none, step: 0n, epoch: 0, wall_time: 1790000000.25, loss: 0.1, 'val/acc, "top1"': 0.5 },
    { ...none, step: 1n, epoch: 1, wall_time: 1790000003, loss: -3, 'metrics.step': 7 },
    { ...none, step: 2n, epoch: 1, wall_time: 1790000002, loss: 2e-20 },
    { ...none, step: 3n, 'val/acc, "top1"': Number.NaN },
    { ...none, step: 4n },
  ])
})

test('many rows form several row groups in one table', async () => {
  const runDir = temporaryDirectory()
  const lines = Array.from({ length: 45_000 }, (_, step) => `{"step":${step + 0.5},"metrics":{"a.b":${step / 7}}}\n`)
  writeFileSync(join(runDir, 'hotcb.metrics.jsonl'), lines.join(''))
  const { path } = await exportMetrics(runDir, 'parquet')
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) })
  expect(rows).toHaveLength(45_000)
  expect(rows[44_999]).toEqual({ step: 44_999.5, epoch: null, wall_time: null, 'a.b': 44_999 / 7 })
})

test('one fractional step makes all steps doubles', async () => {
  const runDir = temporaryDirectory()
  const lines = [0, 1.5, 3].map((step) => `{"step":${step},"metrics":{"a":${step}}}\n`)
  writeFileSync(join(runDir, 'hotcb.metrics.jsonl'), lines.join(''))
  const { path } = await exportMetrics(runDir, 'parquet')
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) })
  expect(rows.map(({ step }) => step)).toEqual([0, 1.5, 3])
})

test('tensorboard gets one event per step, with valid checksums', async () => {
  const { runDir } = setUp()
  const { path } = await exportMetrics(runDir, 'tensorboard')
  expect(readdirSync(join(runDir, 'tensorboard'))).toHaveLength(1)
  expect(path).toMatch(/events\.out\.tfevents\.1790000000\..+\.0$/)
  const none = { version: undefined, isStart: false }
  const single = Math.fround
  expect(readEvents(readFileSync(path))).toEqual([
    { wallTime: 1790000000.25, step: 0n, version: 'brain.Event:2', scalars: [], isStart: false },
    {
      ...none,
      wallTime: 1790000000.25,
      step: 0n,
      scalars: [
        ['loss', single(0.1)],
        ['val/acc, "top1"', 0.5],
      ],
    },
    {
      ...none,
      wallTime: 1790000003,
      step: 1n,
      scalars: [
        ['loss', -3],
        ['step', 7],
      ],
    },
    { ...none, wallTime: 1790000002, step: 2n, scalars: [['loss', single(2e-20)]] },
    { ...none, wallTime: 1790000002, step: 3n, scalars: [['val/acc, "top1"', Number.NaN]] },
  ])
})

test('the checksum matches RFC 3720', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
})

test('an unknown format and a missing file are refused, and no file is left behind', async () => {
  const { runDir } = setUp()
  // A caller in plain JavaScript.
  await expect(exportMetrics(runDir, 'xls' as 'csv')).rejects.toThrow(
    new RangeError('`format` must be one of csv, jsonl, parquet, tensorboard, got `xls`'),
  )
  await expect(exportMetrics(join(runDir, 'none'), 'csv')).rejects.toThrow('ENOENT')
  expect(readdirSync(runDir)).toEqual(['hotcb.metrics.jsonl'])
})

test('different metrics have different columns, regardless of their names', async () => {
  const runDir = temporaryDirectory()
  const names = [
    'step',
    'metrics.step',
    'metrics.metrics.step',
    'wall_time',
    '',
    'Loss',
    'loss',
    ' loss',
    '=1+1',
    'a\nb',
    'a,b',
  ]
  const lost = ['half\ud83d', 'half\ud83e', 'half\\ud83d', 'half\ufffd']
  const all = [...names, ...lost, 'x'.repeat(100_000)]
  const metrics = Object.fromEntries(all.map((name, at) => [name, at + 0.5]))
  writeFileSync(join(runDir, 'hotcb.metrics.jsonl'), `${JSON.stringify({ step: 3, metrics })}\n`)
  const { path } = await exportMetrics(runDir, 'csv')
  const text = readFileSync(path, 'utf8')
  const header = readCsvRecord(text)
  const row = readCsvRecord(text, header?.end)
  expect(header?.cells.slice(0, 14)).toEqual([
    ...['step', 'epoch', 'wall_time', 'metrics.step', 'metrics.metrics.step', 'metrics.metrics.metrics.step'],
    ...['metrics.wall_time', 'metrics.', 'Loss', 'loss', ' loss', '=1+1', 'a\nb', 'a,b'],
  ])
  expect(new Set(header?.cells).size).toBe(all.length + 3)
  expect(row?.cells).toEqual(['3', '', '', ...all.map((_, at) => String(at + 0.5))])

  const parquet = await exportMetrics(runDir, 'parquet')
  const [first] = await parquetReadObjects({ file: await asyncBufferFromFile(parquet.path) })
  expect(Object.entries(first ?? {})).toEqual(
    (header?.cells ?? []).map((name, at) => [name, at === 0 ? 3n : at < 3 ? null : at - 2.5]),
  )
  const { path: events } = await exportMetrics(runDir, 'tensorboard')
  expect(new Set(readEvents(readFileSync(events))[1]?.scalars.map(([tag]) => tag)).size).toBe(all.length)
})

test('a second export replaces the first, in every format', async () => {
  const { runDir } = setUp()
  const files = () => readdirSync(runDir, { recursive: true }).map(String).sort()
  for (const format of METRICS_FORMATS) await exportMetrics(runDir, format)
  const before = files()
  const first = JSON.stringify({ step: 9, wall_time: 1790000100, metrics: { loss: 0.125 } })
  // Starts at a different time, so the event file has a different name.
  writeFileSync(join(runDir, 'hotcb.metrics.jsonl'), `${first}\n`)
  for (const format of METRICS_FORMATS) await exportMetrics(runDir, format)
  expect(files()).toHaveLength(before.length)
  expect(readPoints(join(runDir, 'tensorboard'))).toEqual({ loss: [[9, 0.125]] })
  expect(readFileSync(join(runDir, 'metrics.csv'), 'utf8')).toBe('step,epoch,wall_time,loss\n9,,1790000100,0.125\n')
})

test('events are not exported next to event files from a training run, because every point would appear twice', async () => {
  const { runDir } = setUp()
  const directory = join(runDir, 'tensorboard')
  const live = createEventFile(directory)
  live.write({ step: 0, wallTime: 1, scalars: [['loss', 1]] })
  live.close()
  await expect(exportMetrics(runDir, 'tensorboard')).rejects.toThrow(
    /^`.*tensorboard` contains event files that are not an export \(`events\.out\..*`\), so every point would appear twice: choose a different directory$/,
  )
  expect(readPoints(directory)).toEqual({ loss: [[0, 1]] })
  await exportMetrics(runDir, 'tensorboard', join(runDir, 'other'))
  expect(readdirSync(join(runDir, 'other'))).toHaveLength(1)
})

test('an unsuitable target is refused in one line and left unchanged', async () => {
  const { runDir } = setUp()
  mkdirSync(join(runDir, 'folder'))
  writeFileSync(join(runDir, 'file'), 'kept')
  const metrics = readFileSync(join(runDir, 'hotcb.metrics.jsonl'), 'utf8')
  for (const format of ['csv', 'jsonl', 'parquet'] as const) {
    await expect(exportMetrics(runDir, format, join(runDir, 'folder'))).rejects.toThrow(
      /^`.*folder` is a directory: give the path of a file in it$/,
    )
    for (const own of ['hotcb.metrics.jsonl', 'hotcb.applied.jsonl']) {
      await expect(exportMetrics(runDir, format, join(runDir, 'folder', '..', own))).rejects.toThrow(
        `\`${own}\` is one of the run's own files: choose a different file`,
      )
    }
  }
  await expect(exportMetrics(runDir, 'tensorboard', join(runDir, 'file'))).rejects.toThrow(
    /^`.*file` is a file: event files need a directory$/,
  )
  expect(readdirSync(runDir).sort()).toEqual(['file', 'folder', 'hotcb.metrics.jsonl'])
  expect(readFileSync(join(runDir, 'file'), 'utf8')).toBe('kept')
  expect(readFileSync(join(runDir, 'hotcb.metrics.jsonl'), 'utf8')).toBe(metrics)
})

test('metrics with a byte order mark, other line breaks and an incomplete last line are read; a directory in place of the file is refused', async () => {
  const runDir = temporaryDirectory()
  const file = join(runDir, 'hotcb.metrics.jsonl')
  writeFileSync(file, '\ufeff{"step":0,"metrics":{"a":1}}\r\n{"step":1,"metrics":{"a":2}}\r\n{"step":2,"met')
  const { path } = await exportMetrics(runDir, 'csv')
  expect(readFileSync(path, 'utf8')).toBe('step,epoch,wall_time,a\n0,,,1\n1,,,2\n')
  rmSync(file)
  mkdirSync(file)
  await expect(exportMetrics(runDir, 'csv')).rejects.toThrow(
    /^`.*hotcb\.metrics\.jsonl` is not a file: a run's metrics are lines in a file with this name$/,
  )
})

test('a run without metrics results in a table without rows, and the largest step and values are unchanged', async () => {
  const runDir = temporaryDirectory()
  const file = join(runDir, 'hotcb.metrics.jsonl')
  writeFileSync(file, '')
  expect(readFileSync((await exportMetrics(runDir, 'csv')).path, 'utf8')).toBe('step,epoch,wall_time\n')
  await exportMetrics(runDir, 'parquet')
  await exportMetrics(runDir, 'tensorboard')
  writeFileSync(file, '{"step":9007199254740991,"metrics":{"a":1e308,"b":1e400,"c":-0.0,"d":12345678901234567890}}\n')
  expect(readFileSync((await exportMetrics(runDir, 'csv')).path, 'utf8')).toBe(
    'step,epoch,wall_time,a,b,c,d\n9007199254740991,,,1e+308,NaN,-0,12345678901234567000\n',
  )
  const { path } = await exportMetrics(runDir, 'parquet')
  const [row] = await parquetReadObjects({ file: await asyncBufferFromFile(path) })
  expect(row).toMatchObject({
    step: BigInt(Number.MAX_SAFE_INTEGER),
    a: 1e308,
    b: Number.NaN,
    d: Number('12345678901234567890'),
  })
  expect(Object.is(row?.['c'], -0)).toBe(true)
  const { path: events } = await exportMetrics(runDir, 'tensorboard')
  expect(readEvents(readFileSync(events))[1]?.step).toBe(BigInt(Number.MAX_SAFE_INTEGER))
})

function setUp() {
  const runDir = temporaryDirectory()
  const lines = RECORDS.map((record) => `${JSON.stringify(record)}\n`)
  writeFileSync(
    join(runDir, 'hotcb.metrics.jsonl'),
    `${lines.slice(0, 3).join('')}garbage\n\n${lines.slice(3).join('')}`,
  )
  return { runDir }
}
