import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createEventFile, type EventFile, openEventFile } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { readEvents, readPoints } from './event-reader.ts'

function write(file: EventFile, steps: readonly number[], add = 0, tag = 'loss'): void {
  for (const step of steps) file.write({ step, wallTime: 100 + step, scalars: [[tag, step + add]] })
}

test('event files that one process creates within one second have different names', () => {
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
      isStart: false,
      scalars: [['\u00e9', Number.POSITIVE_INFINITY]],
    })
  }
})

test('after a restart a file begins with a session start, and readers drop the points that are trained again', () => {
  const directory = temporaryDirectory()
  const first = createEventFile(directory)
  write(first, [0, 1, 2, 3, 4])
  first.close()
  const second = createEventFile(directory)
  write(second, [2, 3], 10)
  second.close()
  expect(readEvents(readFileSync(first.path)).some(({ isStart }) => isStart)).toBe(false)
  expect(readEvents(readFileSync(second.path)).map(({ version, isStart, step }) => [version, isStart, step])).toEqual([
    ['brain.Event:2', false, 0n],
    [undefined, true, 2n],
    [undefined, false, 2n],
    [undefined, false, 3n],
  ])
  expect(readPoints(directory)).toEqual({
    loss: [
      [0, 0],
      [1, 1],
      [2, 12],
      [3, 13],
    ],
  })
})

test('a restart at a step without a point drops all points from that step on', () => {
  const directory = temporaryDirectory()
  const first = createEventFile(directory)
  write(first, [40, 44, 46, 50])
  first.close()
  const second = createEventFile(directory, { step: 45 })
  write(second, [50], 10)
  second.close()
  expect(readPoints(directory)['loss']?.map(([step]) => step)).toEqual([40, 44, 50])
})

test('the event file of a restarted run is read last, even within one second and with a slow clock', () => {
  const directory = temporaryDirectory()
  for (const [at, wallTime] of [500, 500, 100, 1].entries()) {
    const file = createEventFile(directory, { wallTime })
    write(file, [at, at + 1, at + 2], 10 * at)
    file.close()
  }
  expect(readPoints(directory)['loss']).toEqual([
    [0, 0],
    [1, 11],
    [2, 22],
    [3, 33],
    [4, 34],
    [5, 35],
  ])
})

test('a rewind within one process is marked in the file once for all writers', () => {
  const directory = temporaryDirectory()
  const writers = [openEventFile(directory), openEventFile(directory)]
  const pass = (steps: readonly number[], add: number, back?: number): void => {
    for (const step of steps) {
      for (const [at, writer] of writers.entries()) {
        if (back === step) writer.restart(back)
        write(writer, [step], add, `tag${at}`)
      }
    }
  }
  pass([0, 1, 2, 3], 0)
  pass([1, 2, 3], 10, 1)
  pass([1, 2], 20, 1)
  for (const writer of writers) writer.close()
  expect(readdirSync(directory)).toHaveLength(1)
  const shown = [
    [0, 0],
    [1, 21],
    [2, 22],
  ]
  expect(readPoints(directory)).toEqual({ tag0: shown, tag1: shown })
})

test('a writer that joins late, or is reopened while another one writes, hides no points', () => {
  const directory = temporaryDirectory()
  const old = createEventFile(directory)
  write(old, [0, 1, 2], 100)
  old.close()
  const a = openEventFile(directory, { step: 1 })
  write(a, [1, 2, 3], 0, 'a')
  const b = openEventFile(directory, { step: 3 })
  write(b, [3], 0, 'b')
  a.close()
  a.close()
  const again = openEventFile(directory, { step: 4 })
  write(again, [4], 0, 'a')
  write(b, [4], 0, 'b')
  for (const file of [again, b]) file.close()
  expect(readPoints(directory)).toEqual({
    loss: [[0, 100]],
    a: [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ],
    b: [
      [3, 3],
      [4, 4],
    ],
  })
})

test('a new file does not hide the points of another running process', () => {
  const directory = temporaryDirectory()
  const other = createEventFile(directory)
  write(other, [0, 1])
  other.close()
  const bytes = readFileSync(other.path)
  const live = temporaryDirectory()
  writeFileSync(join(live, `events.out.tfevents.0000000001.${hostname()}.${process.ppid}.0`), bytes)
  // Above the largest process id of any system, so that no such process exists.
  const pid = 2 ** 22 + 1
  const gone = temporaryDirectory()
  writeFileSync(join(gone, `events.out.tfevents.0000000001.${hostname()}.${pid}.0`), bytes)
  for (const folder of [live, gone]) {
    const file = createEventFile(folder)
    write(file, [0], 10)
    file.close()
  }
  expect(readPoints(live)['loss']).toEqual([
    [0, 0],
    [1, 1],
    [0, 10],
  ])
  expect(readPoints(gone)['loss']).toEqual([[0, 10]])
})

test('events keep names and values, regardless of the length of the names', () => {
  const directory = temporaryDirectory()
  const file = createEventFile(directory, { wallTime: 5 })
  const tags = [...Array.from({ length: 300 }, (_, length) => 'n'.repeat(length + 1)), 'x'.repeat(20_000)]
  for (const [step, tag] of tags.entries())
    file.write({
      step,
      wallTime: 6,
      scalars: [
        [tag, 1],
        ['other', 2],
      ],
    })
  file.write({ step: 999, wallTime: 6, scalars: tags.map((tag, at) => [tag, at] as const) })
  file.close()
  const events = readEvents(readFileSync(file.path)).slice(1)
  expect(events.slice(0, -1).map(({ scalars }) => scalars)).toEqual(
    tags.map((tag) => [
      [tag, 1],
      ['other', 2],
    ]),
  )
  expect(events.at(-1)?.scalars).toEqual(tags.map((tag, at) => [tag, at]))
})
