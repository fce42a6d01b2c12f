import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTail, openTailAsync, readLastLines, readLastLinesAsync, type TailBatch } from '../src/index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-tail-async-'))
  path = join(directory, 't.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const texts = (batch: TailBatch) => batch.lines.map((line) => line.text)

test('overlapping calls run in order, and no line is returned twice', async () => {
  writeFileSync(path, Array.from({ length: 1000 }, (_, i) => `${i}\n`).join(''))
  const tail = openTailAsync(path)
  const batches = await Promise.all(Array.from({ length: 20 }, () => tail.read(300)))
  for (let batch = await tail.read(300); batch.lines.length > 0; batch = await tail.read(300)) batches.push(batch)
  expect(batches.flatMap(texts)).toEqual(Array.from({ length: 1000 }, (_, i) => String(i)))
  await tail.close()
})

test('a file that another file has replaced at its path is released after a while', async () => {
  writeFileSync(path, 'old\n')
  const tail = openTailAsync(path)
  expect(texts(await tail.read())).toEqual(['old'])
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'new\n')
  let batch = await tail.read()
  for (let looks = 0; looks < 20 && batch.reset === null; looks++) batch = await tail.read()
  expect([batch.reset, texts(batch)]).toEqual(['replaced', ['new']])
  await tail.close()
})

test('a tail can begin at the end of the last complete line', async () => {
  const tail = openTailAsync(path)
  await tail.seekEnd()
  expect([tail.exists, tail.offset]).toEqual([false, 0])
  writeFileSync(path, `${'x'.repeat(200_000)}\nhalf`)
  await tail.seekEnd()
  appendFileSync(path, ' a line\n')
  expect(texts(await tail.read())).toEqual(['half a line'])
  const sync = openTail(path)
  sync.seekEnd()
  expect([sync.offset, sync.cursor()]).toEqual([tail.offset, tail.cursor])
  sync.close()
  await tail.close()
})

test('a cursor of a file that was replaced, truncated or rewritten is invalid, and the tail does not move', async () => {
  const long = `${'x'.repeat(100)}\n`
  writeFileSync(path, `${long}a\n`)
  const tail = openTailAsync(path)
  await tail.read()
  const { cursor } = tail
  for (const spoil of [
    () => writeFileSync(path, long),
    () => writeFileSync(path, `${'y'.repeat(100)}\nab\n`),
    () => {
      writeFileSync(`${path}.new`, `${long}a\n`)
      renameSync(`${path}.new`, path)
    },
  ]) {
    spoil()
    const later = openTailAsync(path)
    expect([await later.seek(cursor), later.offset]).toEqual([false, 0])
    const sync = openTail(path)
    expect([sync.seek(cursor), sync.offset]).toEqual([false, 0])
    sync.close()
    await later.close()
  }
  for (const nonsense of ['', '.', '12', 'a-b-c.5', `${cursor}x`, `${cursor.slice(0, -1)}.`]) {
    expect(await tail.seek(nonsense)).toBe(false)
  }
  await tail.close()
})

test('a file is followed only within the given directories: a link to the outside is a failure, a missing file is not', async () => {
  const inside = join(directory, 'inside')
  mkdirSync(inside)
  writeFileSync(path, 'a\n')
  writeFileSync(join(inside, 'target'), 'a\n')
  symlinkSync(path, join(inside, 'out'))
  symlinkSync('target', join(inside, 'in'))
  const within = [realpathSync(inside)]
  const forbidden = openTailAsync(join(inside, 'out'), { within })
  expect((await forbidden.read()).failure).toEqual({
    code: 'EACCES',
    message: `cannot read \`${join(inside, 'out')}\`: it is a link out of the served directories`,
  })
  await expect(readLastLinesAsync(join(inside, 'out'), 1, { within })).rejects.toThrow('is a link out of')
  expect(() => openTail(join(inside, 'out'), { within })).toThrow('is a link out of')
  expect(() => readLastLines(join(inside, 'out'), 1, { within })).toThrow('is a link out of')
  const absent = openTailAsync(join(inside, 'none'), { within })
  expect([texts(await absent.read()), absent.exists]).toEqual([[], false])
  const allowed = openTailAsync(join(inside, 'in'), { within })
  expect(texts(await allowed.read())).toEqual(['a'])
  const sync = openTail(join(inside, 'in'), { within })
  expect(texts(sync.read())).toEqual(['a'])
  sync.close()
  await allowed.close()
})

test('a path that is not a file is a failure, not an exception, and is retried', async () => {
  mkdirSync(path)
  const tail = openTailAsync(path)
  expect((await tail.read()).failure).toEqual({
    code: 'EISDIR',
    message: `cannot read \`${path}\`: it is a directory`,
  })
  rmSync(path, { recursive: true })
  writeFileSync(path, 'a\n')
  expect(texts(await tail.read())).toEqual(['a'])
  await tail.close()
})

test('an earlier part is read piece by piece, and a line longer than a piece completely', async () => {
  writeFileSync(path, `a\n${'b'.repeat(50)}\nc\n`)
  const tail = openTailAsync(path)
  await tail.read()
  const first = await tail.readAt(0, 10)
  expect([first.lines.map((line) => line.text), first.to]).toEqual([['a'], 2])
  const second = await tail.readAt(2, 10)
  expect([second.lines.map((line) => line.text), second.to]).toEqual([['b'.repeat(50)], 53])
  expect(await tail.readAt(tail.offset, 10)).toEqual({ lines: [], to: tail.offset })
  appendFileSync(path, 'd\n')
  expect((await tail.readAt(53, 100)).lines.map((line) => line.text)).toEqual(['c'])
  await tail.close()
})

test('the last lines end at the byte limit, but there is at least one', async () => {
  writeFileSync(path, Array.from({ length: 3000 }, (_, i) => `${String(i).padStart(99, '0')}\n`).join(''))
  const few = await readLastLinesAsync(path, 1000, { maxBytes: 10_000 })
  expect(few.length).toBeGreaterThan(50)
  expect(few.length).toBeLessThan(500)
  expect(few.at(-1)?.text).toBe('2999'.padStart(99, '0'))
  writeFileSync(path, `${'x'.repeat(100_000)}\n`)
  expect(await readLastLinesAsync(path, 5, { maxBytes: 1 })).toHaveLength(1)
})

test('the byte limit also applies if all lines are requested', async () => {
  writeFileSync(path, Array.from({ length: 300_000 }, (_, i) => `${String(i).padStart(99, '0')}\n`).join(''))
  const all = Number.POSITIVE_INFINITY
  for (const few of [
    await readLastLinesAsync(path, all, { maxBytes: 10_000 }),
    readLastLines(path, all, { maxBytes: 10_000 }),
  ]) {
    expect(few.length).toBeGreaterThan(50)
    expect(few.length).toBeLessThan(500)
    expect(few.at(-1)?.text).toBe('299999'.padStart(99, '0'))
  }
})
