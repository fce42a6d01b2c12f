import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTail, type TailBatch } from '../src/index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-tail-'))
  path = join(directory, 't.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const texts = (batch: TailBatch) => batch.lines.map((line) => line.text)
const nothing: TailBatch = { lines: [], reset: null, more: false, oversized: [], failure: null }

describe.each([false, true])('network: %s', (network) => {
  test('complete lines are returned with their offsets, a torn one once it is complete', () => {
    writeFileSync(path, 'a\n{"ü":1}\nto')
    const tail = openTail(path, { network })
    expect(tail.look()).toBe(true)
    expect(tail.read().lines).toEqual([
      { text: 'a', offset: 0, bytes: 2 },
      { text: '{"ü":1}', offset: 2, bytes: 9 },
    ])
    expect([tail.offset, tail.look(), tail.read()]).toEqual([11, false, nothing])
    appendFileSync(path, 'rn')
    expect([tail.look(), tail.read(), tail.look()]).toEqual([true, nothing, false])
    appendFileSync(path, '\n')
    expect([tail.look(), tail.read().lines]).toEqual([true, [{ text: 'torn', offset: 11, bytes: 5 }]])
    expect([tail.look(), tail.offset]).toEqual([false, 16])
    tail.close()
    expect([tail.look(), tail.read()]).toEqual([false, nothing])
  })

  test('a file that does not exist yet is found when it appears', () => {
    const tail = openTail(path, { network })
    expect([tail.look(), tail.read(), tail.checkIdentity()]).toEqual([false, nothing, true])
    writeFileSync(path, 'a\n')
    expect([tail.look(), texts(tail.read()), tail.look()]).toEqual([true, ['a'], false])
    tail.close()
  })

  test('a truncated file is read from its start', () => {
    writeFileSync(path, 'one\ntwo\n')
    const tail = openTail(path, { network })
    tail.read()
    truncateSync(path, 4)
    expect([tail.look(), tail.read()]).toEqual([
      true,
      { ...nothing, reset: 'truncated', lines: [{ text: 'one', offset: 0, bytes: 4 }] },
    ])
    truncateSync(path, 0)
    expect([tail.look(), tail.read()]).toEqual([true, { ...nothing, reset: 'truncated' }])
    appendFileSync(path, 'x\n')
    expect(tail.read()).toEqual({ ...nothing, lines: [{ text: 'x', offset: 0, bytes: 2 }] })
    tail.close()
  })

  test('a file rewritten in place is read from its start, longer or of the same size', () => {
    writeFileSync(path, 'one\ntwo\n')
    const tail = openTail(path, { network })
    tail.read()
    writeFileSync(path, 'uno\ndos\ntres\n')
    expect(tail.look()).toBe(true)
    const longer = tail.read()
    expect([longer.reset, texts(longer)]).toEqual(['rewritten', ['uno', 'dos', 'tres']])
    writeFileSync(path, 'eins\nzwei\ndr\n')
    utimesSync(path, 1, 1)
    expect(tail.look()).toBe(true)
    const same = tail.read()
    expect([same.reset, texts(same)]).toEqual(['rewritten', ['eins', 'zwei', 'dr']])
    expect(tail.look()).toBe(false)
    tail.close()
  })

  test('a file that replaces it by rename is read from its start, even if it begins with the same lines', () => {
    writeFileSync(path, 'one\n')
    const tail = openTail(path, { network })
    tail.read()
    writeFileSync(`${path}.new`, 'one\ntwo\n')
    renameSync(`${path}.new`, path)
    expect(tail.look()).toBe(true)
    const batch = tail.read()
    expect([batch.reset, texts(batch), tail.look()]).toEqual(['replaced', ['one', 'two'], false])
    tail.close()
  })

  test('a deleted file that reappears, possibly with the same inode number, is read from its start', () => {
    writeFileSync(path, 'one\ntwo\n')
    const inode = statSync(path).ino
    const tail = openTail(path, { network })
    tail.read()
    rmSync(path)
    expect([tail.look(), tail.read(), tail.look()]).toEqual([true, nothing, false])
    // The inode is no longer in use, so the file system may assign the same number again.
    writeFileSync(path, 'one\ntwo\nthree\n')
    expect([inode, statSync(path).ino]).toEqual([expect.any(Number), expect.any(Number)])
    expect(tail.look()).toBe(true)
    const batch = tail.read()
    expect([batch.reset, texts(batch)]).toEqual(['replaced', ['one', 'two', 'three']])
    tail.close()
  })

  test('at most `maxBytes` are read at a time, but at least one complete line', () => {
    writeFileSync(path, 'aaaa\nbbbbbbbbbbbbbbbbbbbbbbbbbb\nc\nd\ntorn')
    const tail = openTail(path, { network })
    const first = tail.read(8)
    expect([texts(first), first.more, tail.look()]).toEqual([['aaaa'], true, true])
    const second = tail.read(8)
    expect([texts(second), second.more]).toEqual([['bbbbbbbbbbbbbbbbbbbbbbbbbb'], true])
    const third = tail.read(8)
    expect([texts(third), third.more, tail.look()]).toEqual([['c', 'd'], false, false])
    tail.close()
  })

  test('blank lines, CRLF and a byte order mark are not part of the text', () => {
    writeFileSync(path, '\uFEFF{"a":1}\r\n\r\n\n  \t\n{"b":2}\r\n x\r\r\n\uFEFFc\n')
    const tail = openTail(path, { network })
    expect(tail.read().lines).toEqual([
      { text: '{"a":1}', offset: 3, bytes: 9 },
      { text: '{"b":2}', offset: 19, bytes: 9 },
      { text: ' x\r', offset: 28, bytes: 5 },
      { text: '\uFEFFc', offset: 33, bytes: 5 },
    ])
    expect(tail.offset).toBe(38)
    tail.close()
  })

  test('a line with U+0000 delays the lines after it until the hole is filled', () => {
    let now = 1000
    const tail = openTail(path, { network, now: () => now })
    writeFileSync(path, 'a\n\0\0\0\0\nc\n')
    expect([texts(tail.read()), tail.offset]).toEqual([['a'], 2])
    now += 4999
    expect([tail.look(), tail.read(), tail.offset]).toEqual([true, nothing, 2])
    writeFileSync(path, 'a\nb\nb2\nc\n')
    now += 1
    expect([tail.look(), texts(tail.read()), tail.look(), texts(tail.read()), tail.look()]).toEqual([
      true,
      ['b', 'b2'],
      true,
      ['c'],
      false,
    ])
    tail.close()
  })

  test('a hole before a long torn line is not delayed longer than necessary', () => {
    let now = 0
    const tail = openTail(path, { network, now: () => now })
    writeFileSync(path, `a\n\0\nb\n${'x'.repeat(100_000)}`)
    expect(texts(tail.read())).toEqual(['a'])
    now = 5000
    expect([texts(tail.read()), texts(tail.read()), tail.offset]).toEqual([['\0'], ['b'], 6])
    tail.close()
  })

  test('holes that are never filled are returned unchanged after the wait, all of them after one wait', () => {
    let now = 0
    const tail = openTail(path, { network, now: () => now, nulWaitMs: 5000 })
    writeFileSync(path, 'a\n\0\nb\n\0\0\nc\n')
    tail.read()
    now = 4000
    appendFileSync(path, 'd\0\ne\n')
    expect(tail.read().lines).toEqual([])
    now = 5000
    expect(tail.look()).toBe(true)
    const given: string[] = []
    for (let batch = tail.read(); batch.lines.length > 0; batch = tail.read()) given.push(...texts(batch))
    expect([given, tail.look()]).toEqual([['\0', 'b', '\0\0', 'c'], true])
    now = 10_000
    expect([texts(tail.read()), texts(tail.read()), tail.look()]).toEqual([['d\0'], ['e'], false])
    tail.close()
  })

  test('a path that turns out not to be a file is a failure, not an exception', () => {
    const tail = openTail(path, { network })
    mkdirSync(path)
    expect(tail.look()).toBe(true)
    expect(tail.read()).toEqual({
      ...nothing,
      failure: { code: 'EISDIR', message: `cannot read \`${path}\`: it is a directory` },
    })
    rmSync(path, { recursive: true })
    writeFileSync(path, 'a\n')
    expect(texts(tail.read())).toEqual(['a'])
    tail.close()
  })
})
