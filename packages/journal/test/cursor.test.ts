import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cursorAt, offsetOfCursor } from '../src/file-mark.ts'
import { openTail, openTailAsync } from '../src/index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-cursor-'))
  path = join(directory, 'c.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const texts = ({ lines }: { lines: readonly { text: string }[] }) => lines.map(({ text }) => text)
const LONG = `${'x'.repeat(63)}\n`

describe('a cursor', () => {
  test('moves another tail, blocking or not, to the lines after it', async () => {
    writeFileSync(path, `${LONG}one\ntwo\nthree\n`)
    const tail = openTail(path)
    tail.read(LONG.length + 4)
    const cursor = tail.cursor() ?? ''
    expect(cursor).toMatch(/^[0-9a-z]+-[0-9a-z]+-[0-9a-f]{8}\.68$/)
    const sync = openTail(path)
    const other = openTailAsync(path)
    expect([sync.seek(cursor), sync.offset, sync.cursor(), sync.look()]).toEqual([true, 68, cursor, true])
    expect([await other.seek(cursor), other.offset, other.cursor]).toEqual([true, 68, cursor])
    expect([texts(sync.read()), texts(await other.read())]).toEqual(Array(2).fill(['two', 'three']))
    expect([other.offsetOf(cursor), other.cursorAt(72)]).toEqual([68, cursor.replace('68', '72')])
    await other.close()
    for (const open of [tail, sync]) open.close()
  })

  test('of a place that is not the start of a line, or is beyond the end, is rejected, and the tail does not move', async () => {
    writeFileSync(path, `${LONG}one\ntwo\n`)
    const tail = openTail(path)
    const other = openTailAsync(path)
    tail.read(1)
    await other.read(1)
    const places = [0, 1, 64, 65, 71, 72, 73, 2 ** 53, -4, 64.5]
    const allowed = [true, false, true, false, false, true, false, false, false, false]
    const cursorOf = (offset: number) => other.cursorAt(offset)
    for (const [i, place] of places.entries()) {
      expect([place, tail.seek(cursorOf(place))]).toEqual([place, allowed[i]])
      expect([place, await other.seek(cursorOf(place))]).toEqual([place, allowed[i]])
      if (allowed[i]) expect([tail.offset, other.offset]).toEqual([place, place])
    }
    expect([tail.offset, other.offset]).toEqual([72, 72])
    tail.close()
    await other.close()
  })

  test('of a file that was short stays valid until it has 64 bytes', async () => {
    writeFileSync(path, 'one\n')
    const tail = openTailAsync(path)
    await tail.read()
    const { cursor } = tail
    expect(cursor).toMatch(/-\.4$/)
    appendFileSync(path, `${'y'.repeat(58)}\n`)
    await tail.read()
    expect([tail.offset, tail.offsetOf(cursor)]).toEqual([63, 4])
    appendFileSync(path, '\n')
    await tail.read()
    expect([tail.offsetOf(cursor), tail.cursor]).toEqual([undefined, expect.stringMatching(/-[0-9a-f]{8}\.64$/)])
    await tail.close()
  })

  test('exists only while there is a file, and does not move a tail without a file', async () => {
    const tail = openTail(path)
    const other = openTailAsync(path)
    expect([tail.cursor(), tail.seek('x-y-.0'), await other.seek('x-y-.0'), other.cursor]).toEqual([
      null,
      false,
      false,
      '.0',
    ])
    expect(await other.readAt(5)).toEqual({ lines: [], to: 5 })
    mkdirSync(path)
    expect([tail.cursor(), tail.seek('x-y-.0')]).toEqual([null, false])
    tail.seekEnd()
    expect(tail.offset).toBe(0)
    await expect(other.seek('x-y-.0')).rejects.toThrow('it is a directory')
    tail.close()
    await other.close()
  })

  test('follows a file that is rewritten, with another mark', async () => {
    writeFileSync(path, `${LONG}one\n`)
    const tail = openTailAsync(path)
    await tail.read()
    const { cursor } = tail
    writeFileSync(path, `${LONG.toUpperCase()}uno\n`)
    expect((await tail.read()).reset).toBe('rewritten')
    expect([tail.offsetOf(cursor), tail.offsetOf(tail.cursor)]).toEqual([undefined, 68])
    await tail.close()
  })
})

test.each<[string, number | undefined]>([
  ['a-b-c.5', 5],
  ['a-b-c.0', 0],
  ['a-b-c.', undefined],
  ['a-b-c', undefined],
  ['.5', undefined],
  ['5', undefined],
  ['', undefined],
  ['a-b-d.5', undefined],
  ['xa-b-c.5', undefined],
  ['a-b-c.-5', undefined],
  ['a-b-c.1.5', undefined],
  ['a-b-c.x', undefined],
  [`a-b-c.${2 ** 53}`, undefined],
])('the cursor %j of the file `a-b-c` has the offset %j', (cursor, offset) => {
  expect(offsetOfCursor('a-b-c', cursor)).toBe(offset)
  if (offset !== undefined) expect(cursorAt('a-b-c', offset)).toBe(cursor)
})
