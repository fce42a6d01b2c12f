import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { crc32c } from '../src/export/crc32c.ts'
import { createEventFile, exportMetrics } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { readEvents } from './event-reader.ts'

const RECORDS = [
  { step: 0, epoch: 0, wall_time: 1790000000.25, metrics: { loss: 0.1, 'val/acc, "top1"': 0.5 } },
  { step: 1, epoch: 0, wall_time: 1790000001, metrics: { loss: null, step: 7 } },
  { step: 2, epoch: 1, wall_time: 1790000002, metrics: { loss: 2e-20 } },
  { step: 1, epoch: 1, wall_time: 1790000003, metrics: { loss: -3 } },
  { step: 3, metrics: { 'val/acc, "top1"': null } },
  { step: 4, metrics: {} },
]

test('csv has a row for each step, without ghosts, NaN for what was not finite', async () => {
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

test('jsonl has the shape of the metrics file', async () => {
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

test('parquet keeps doubles to the last bit, and tells null from NaN', async () => {
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

test('many rows make several row groups of one table', async () => {
  const runDir = temporaryDirectory()
  const lines = Array.from({ length: 45_000 }, (_, step) => `{"step":${step + 0.5},"metrics":{"a.b":${step / 7}}}\n`)
  writeFileSync(join(runDir, 'hotcb.metrics.jsonl'), lines.join(''))
  const { path } = await exportMetrics(runDir, 'parquet')
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) })
  expect(rows).toHaveLength(45_000)
  expect(rows[44_999]).toEqual({ step: 44_999.5, epoch: null, wall_time: null, 'a.b': 44_999 / 7 })
})

test('tensorboard gets an event for each step, with checksums that hold', async () => {
  const { runDir } = setUp()
  const { path } = await exportMetrics(runDir, 'tensorboard')
  expect(readdirSync(join(runDir, 'tensorboard'))).toHaveLength(1)
  expect(path).toMatch(/events\.out\.tfevents\.1790000000\..+\.0$/)
  const none = { version: undefined }
  const single = Math.fround
  expect(readEvents(readFileSync(path))).toEqual([
    { wallTime: 1790000000.25, step: 0n, version: 'brain.Event:2', scalars: [] },
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

test('event files of one second and one process do not take each other\u2019s name', () => {
  const directory = temporaryDirectory()
  const files = [1, 2].map(() => createEventFile(directory, { wallTime: 5 }))
  for (const file of files) {
    file.write({ step: -1, wallTime: 6, scalars: [['\u00e9', Number.POSITIVE_INFINITY]] })
    file.close()
  }
  expect(new Set(files.map(({ path }) => path)).size).toBe(2)
  for (const { path } of files) {
    expect(readEvents(readFileSync(path))[1]).toEqual({
      wallTime: 6,
      step: -1n,
      version: undefined,
      scalars: [['\u00e9', Number.POSITIVE_INFINITY]],
    })
  }
})

test('the checksum is that of RFC 3720', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
})

test('an unknown format and a missing file are refused, and nothing is left behind', async () => {
  const { runDir } = setUp()
  // A caller in plain JavaScript.
  await expect(exportMetrics(runDir, 'xls' as 'csv')).rejects.toThrow(
    new RangeError('`format` must be one of csv, jsonl, parquet, tensorboard, got `xls`'),
  )
  await expect(exportMetrics(join(runDir, 'none'), 'csv')).rejects.toThrow('ENOENT')
  expect(readdirSync(runDir)).toEqual(['hotcb.metrics.jsonl'])
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
