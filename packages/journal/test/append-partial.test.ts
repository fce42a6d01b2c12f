import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Appender, openAppender } from '../src/index.ts'
import { callsOf, replace, restore, systemError } from './system.ts'

vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

let directory: string
let path: string
let appender: Appender
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-append-partial-'))
  path = join(directory, 'a.jsonl')
})
afterEach(() => {
  appender.close()
  restore()
  rmSync(directory, { recursive: true, force: true })
})

/** Opens an appender and appends a text of which the system accepts only the first bytes before the disk is full. */
function appendPartly(text: string, accepted: number): void {
  appender = openAppender(path)
  let left = accepted
  replace('writeSync', (real) => (fd, given) => {
    if (left === 0) throw systemError('ENOSPC')
    const count = left
    left = 0
    return real(fd, given, 0, count)
  })
  expect(appender.append(text)?.code).toBe('ENOSPC')
  restore()
}

describe.each([
  ['an empty file', ''],
  ['a file of whole lines', 'old\n'],
  ['a file with a torn last line', 'torn'],
])('in %s', (_, before) => {
  const lead = before === 'torn' ? '\n' : ''
  const text = 'one\ntwö\n\nlast\n'
  const bytes = Buffer.from(`${lead}${text}`)
  const places = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1)

  test('an interrupted write is continued exactly where it stopped, at any byte', () => {
    for (const accepted of places) {
      writeFileSync(path, before)
      appendPartly(text, accepted)
      const there = before.length + accepted
      expect([accepted, appender.endOffset, appender.size()]).toEqual([accepted, there, there])
      expect(appender.pendingBytes).toBe(bytes.length - accepted)
      expect(appender.append('next\n')).toBeNull()
      expect(readFileSync(path, 'utf8')).toBe(`${before}${lead}${text}next\n`)
      expect([appender.pendingBytes, appender.endOffset]).toEqual([0, before.length + bytes.length + 5])
      appender.close()
    }
  })

  test('a line that another writer truncated, or that was deleted with its file, is written again completely', () => {
    const lines = ['', 'one\n', 'one\ntwö\n', 'one\ntwö\n\n']
    for (const accepted of places) {
      // The lines that were already in the file are lost with it; the torn one and those after it are not.
      const done = lines.findLast((line) => Buffer.byteLength(lead + line) <= accepted) ?? ''
      const kept = text.slice(done.length)
      const harms: readonly (readonly [string, () => void, string])[] = [
        ['deleted', () => rmSync(path), kept],
        ['replaced by a torn one', () => replaceBy('new'), `new\n${kept}`],
      ]
      for (const [name, harm, expected] of harms) {
        writeFileSync(path, before)
        appendPartly(text, accepted)
        harm()
        appender.checkIdentity()
        expect([name, accepted, appender.flush()]).toEqual([name, accepted, null])
        expect([name, accepted, readFileSync(path, 'utf8')]).toEqual([name, accepted, expected])
        appender.close()
      }
    }
  })
})

function replaceBy(content: string): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

test.each([
  ['other whole lines', '\nother\n', 'first\nsec\nother\nsecond\nthird\n'],
  ['a torn line', '\noth', 'first\nsec\noth\nsecond\nthird\n'],
  ['only bytes without a newline', 'x', 'first\nsecx\nsecond\nthird\n'],
  ['the rest of the line, without its newline', 'ond', 'first\nsecond\nsecond\nthird\n'],
  ['a line of the same length', 'xyz\n', 'first\nsecxyz\nsecond\nthird\n'],
  ['exactly the rest of the line', 'ond\n', 'first\nsecond\nthird\n'],
  ['the rest of the line and a torn one', 'ond\noth', 'first\nsecond\noth\nthird\n'],
])('if another writer appends %s after a half-written line, each line is complete exactly once', (_, put, expected) => {
  appendPartly('first\nsecond\nthird\n', 9)
  appendFileSync(path, put)
  expect([appender.pendingBytes, appender.flush(), appender.pendingBytes]).toEqual([10, null, 0])
  expect(readFileSync(path, 'utf8')).toBe(expected)
  expect(appender.endOffset).toBe(expected.length)
})

test('a line that another writer completed with its newline is not repeated, whatever this writer appends next', () => {
  for (const more of ['', 'second\n', 'second\nthird\n']) {
    writeFileSync(path, '')
    appendPartly(`first\n${more}`, 5)
    appendFileSync(path, '\n')
    expect([appender.endLine(), readFileSync(path, 'utf8')]).toEqual([null, `first\n${more}`])
    expect([appender.pendingBytes, appender.append('end\n')]).toEqual([0, null])
    expect(readFileSync(path, 'utf8')).toBe(`first\n${more}end\n`)
    appender.close()
  }
})

test('a file that only this appender writes to is never read, even if it is empty at first', () => {
  appender = openAppender(path)
  appender.endLine()
  for (const text of ['1\n', '2\n']) appender.append(text)
  appender.endLine()
  expect(callsOf('readSync')).toBe(0)
  appendFileSync(path, 'other\n')
  for (const text of ['3\n', '4\n']) appender.append(text)
  expect([callsOf('readSync'), readFileSync(path, 'utf8')]).toEqual([1, '1\n2\nother\n3\n4\n'])
})

test('once a torn line has been terminated, the last byte is not read before the next line', () => {
  writeFileSync(path, 'torn')
  appender = openAppender(path)
  expect([appender.endLine(), callsOf('readSync')]).toEqual([null, 1])
  appender.append('1\n')
  expect([callsOf('readSync'), readFileSync(path, 'utf8')]).toEqual([1, 'torn\n1\n'])
})

test('a file with the same inode number on another disk is another file', () => {
  appender = openAppender(path)
  appender.append('1\n')
  replace('statSync', (real) => (...given) => ({ ...(real(...given) as object), dev: -1n }))
  expect(appender.checkIdentity()).toBe(false)
  restore()
  expect(appender.checkIdentity()).toBe(true)
})

test('a closed appender has no size, names no file and syncs nothing', () => {
  appender = openAppender(path)
  appender.append('1\n')
  appender.close()
  expect([appender.size(), appender.checkIdentity()]).toEqual([0, false])
  expect(appender.sync()).toEqual({
    code: expect.any(String),
    message: expect.stringContaining(`cannot sync \`${path}\``),
  })
})
