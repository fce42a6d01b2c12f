import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { JournalError, openAppender } from '../src/index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-append-'))
  path = join(directory, 'a.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('lines are appended unchanged and the size is known', () => {
  const appender = openAppender(path)
  expect([appender.size(), appender.endOffset]).toEqual([0, 0])
  expect(appender.append('{"a":1}\n')).toBeNull()
  expect(appender.append('{"ü":2}\n{"c":3}\n')).toBeNull()
  expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"ü":2}\n{"c":3}\n')
  expect([appender.size(), appender.endOffset, appender.pendingBytes]).toEqual([25, 25, 0])
  expect(appender.sync()).toBeNull()
  appender.close()
  appender.close()
})

test('a torn last line of another writer is terminated first, once', () => {
  writeFileSync(path, '{"torn":')
  const appender = openAppender(path)
  appender.append('1\n')
  appendFileSync(path, '{"torn again":')
  appender.append('2\n')
  appender.append('3\n')
  appender.close()
  expect(readFileSync(path, 'utf8')).toBe('{"torn":\n1\n{"torn again":\n2\n3\n')
})

test('the difference between `size()` and `endOffset` is the growth caused by other writers', () => {
  writeFileSync(path, 'x\n')
  const appender = openAppender(path)
  expect(appender.endOffset).toBe(2)
  appendFileSync(path, 'yy\n')
  expect([appender.size(), appender.endOffset]).toEqual([5, 2])
  appender.append('z\n')
  expect([appender.size(), appender.endOffset]).toEqual([7, 7])
  appender.close()
})

test('a deleted file is created again', () => {
  const appender = openAppender(path)
  appender.append('1\n')
  rmSync(path)
  expect(appender.size()).toBe(0)
  expect(appender.append('2\n')).toBeNull()
  expect(readFileSync(path, 'utf8')).toBe('2\n')
  appender.close()
})

test('a file that was renamed away is no longer written to after its identity has been checked', () => {
  const appender = openAppender(path)
  appender.append('1\n')
  expect(appender.checkIdentity()).toBe(true)
  renameSync(path, `${path}.old`)
  writeFileSync(path, 'new')
  expect(appender.checkIdentity()).toBe(false)
  expect(appender.checkIdentity()).toBe(true)
  appender.append('2\n')
  appender.close()
  expect([readFileSync(`${path}.old`, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['1\n', 'new\n2\n'])
})

test('without its directory it returns a failure, keeps the lines and writes them once the directory exists again', () => {
  const inner = join(directory, 'run')
  mkdirSync(inner)
  const appender = openAppender(join(inner, 'a.jsonl'))
  appender.append('1\n')
  rmSync(inner, { recursive: true })
  const failure = { code: 'ENOENT', message: expect.stringContaining('no such file or directory (ENOENT)') }
  expect(appender.append('2\n')).toEqual(failure)
  expect(appender.append('3ü\n')).toEqual(failure)
  expect([appender.pendingBytes, appender.size()]).toEqual([6, 0])
  mkdirSync(inner)
  expect(appender.flush()).toBeNull()
  expect([appender.pendingBytes, readFileSync(join(inner, 'a.jsonl'), 'utf8')]).toEqual([0, '2\n3ü\n'])
  appender.close()
})

test('a file that cannot be opened causes a one-line error', () => {
  const errorOf = (bad: string) => {
    try {
      openAppender(bad).close()
    } catch (error) {
      if (error instanceof JournalError) return [error.code, error.errno, error.message]
    }
    return null
  }
  const missing = join(directory, 'none', 'a.jsonl')
  expect(errorOf(missing)).toEqual([
    'missing',
    'ENOENT',
    `cannot open \`${missing}\` for appending: no such file or directory (ENOENT)`,
  ])
  expect(errorOf(directory)).toEqual([
    'not-a-file',
    'EISDIR',
    `cannot open \`${directory}\` for appending: it is a directory (EISDIR)`,
  ])
  writeFileSync(path, '')
  expect(errorOf(join(path, 'a.jsonl'))).toMatchObject(['missing', 'ENOTDIR', expect.any(String)])
})

test('incorrect use throws', () => {
  const appender = openAppender(path)
  expect(() => appender.append('no newline')).toThrow(new TypeError('appended text must end with a newline'))
  appender.close()
  expect(() => appender.append('late\n')).toThrow(TypeError)
})
