import { describe, expect, test } from 'vitest'
import { openMemoryTail, texts } from './memory-tail.ts'

describe('a line with U+0000', () => {
  test('is withheld for five seconds with everything after it, and is then returned alone', () => {
    let now = 100
    const tail = openMemoryTail({ now: () => now })
    tail.write('a\nb\0\nc\nd\n')
    const first = tail.read()
    expect([texts(first), first.more, tail.state.offset, tail.state.isUnread]).toEqual([['a'], false, 2, true])
    now = 5099
    expect([tail.read(), tail.state.isUnread]).toEqual([
      { lines: [], oversized: [], reset: null, more: false, failure: null },
      true,
    ])
    now = 5100
    const [held, rest] = [tail.read(), tail.read()]
    expect([texts(held), held.more, texts(rest), rest.more]).toEqual([['b\0'], true, ['c', 'd'], false])
    expect(tail.state.isUnread).toBe(false)
  })

  test('is returned immediately if the wait is 0, with the lines around it', () => {
    const tail = openMemoryTail({ nulWaitMs: 0, now: () => 0 })
    tail.write('a\n\0b\nc\0\0\n\0\nd\n')
    expect(texts(tail.read())).toEqual(['a', '\0b', 'c\0\0', '\0', 'd'])
  })

  test('waits from when it is first read, and all such lines that existed then wait together', () => {
    let now = 0
    const tail = openMemoryTail({ now: () => now, nulWaitMs: 10 })
    tail.write('\0 1\nx\n\0 2\n')
    tail.read()
    now = 5
    tail.append('\0 3\n')
    tail.read()
    now = 10
    const given: string[] = []
    for (let i = 0; i < 4; i++) given.push(...texts(tail.read()))
    expect(given).toEqual(['\0 1', 'x', '\0 2'])
    // The third came later, and its wait began when it was first reached.
    now = 19
    expect(texts(tail.read())).toEqual([])
    now = 20
    expect(texts(tail.read())).toEqual(['\0 3'])
  })

  test('waits again after the file was truncated or replaced', () => {
    for (const serial of [1, 2]) {
      let now = 0
      const tail = openMemoryTail({ now: () => now, nulWaitMs: 10 })
      tail.write('a\n\0 long\n')
      tail.read()
      now = 9
      tail.write('\0\n')
      tail.file.serial = serial
      // The size is less than the offset only after the line before was read.
      tail.read()
      now = 12
      expect([serial, texts(tail.read())]).toEqual([serial, []])
      now = 19
      expect([serial, texts(tail.read())]).toEqual([serial, ['\0']])
    }
  })

  test('is returned in its final form if its bytes arrive during the wait', () => {
    let now = 0
    const tail = openMemoryTail({ now: () => now })
    tail.write('a\n\0\0\0\nz\n')
    tail.read()
    tail.write('a\nb\nc\nz\n')
    // The withheld part is read first.
    expect([texts(tail.read()), tail.state.isUnread]).toEqual([['b', 'c'], true])
    expect([texts(tail.read()), tail.state.isUnread]).toEqual([['z'], false])
    now = 6000
    expect(tail.read().lines).toEqual([])
  })

  test('that is torn does not delay other lines, and is not returned', () => {
    const tail = openMemoryTail({ now: () => 0 })
    tail.write('a\nb\0')
    const batch = tail.read()
    expect([texts(batch), batch.more, tail.state.isUnread]).toEqual([['a'], false, false])
  })
})
