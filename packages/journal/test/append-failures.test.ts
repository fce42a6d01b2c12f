import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openAppender } from '../src/index.ts'
import { callsOf, failing, replace, restore, systemError } from './system.ts'

vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-append-failures-'))
  path = join(directory, 'a.jsonl')
})
afterEach(() => {
  restore()
  rmSync(directory, { recursive: true, force: true })
})

/** Lets the next write accept only some bytes, and the following ones none. */
function acceptOnly(bytes: number): void {
  let left = bytes
  replace('writeSync', (real) => (fd, given) => {
    if (left === 0) throw systemError('ENOSPC')
    const count = left
    left = 0
    return real(fd, given, 0, count)
  })
}

const full = (doing = 'append to') => ({
  code: 'ENOSPC',
  message: `cannot ${doing} \`${path}\`: no space left on the device (ENOSPC)`,
})

describe('`endLine`', () => {
  test('terminates a torn last line once, and changes nothing in a file that ends in a newline or is empty', () => {
    const appender = openAppender(path)
    expect([appender.endLine(), readFileSync(path, 'utf8')]).toEqual([null, ''])
    appendFileSync(path, '{"torn":')
    expect([appender.endLine(), appender.endLine()]).toEqual([null, null])
    expect([readFileSync(path, 'utf8'), appender.endOffset, appender.size()]).toEqual(['{"torn":\n', 9, 9])
    appender.append('1\n')
    expect([appender.endLine(), readFileSync(path, 'utf8')]).toEqual([null, '{"torn":\n1\n'])
    appender.close()
  })

  test('completes a line of this appender that is only half written', () => {
    const appender = openAppender(path)
    acceptOnly(3)
    expect(appender.append('{"a":1}\n')).toEqual(full())
    expect(readFileSync(path, 'utf8')).toBe('{"a')
    restore()
    expect([appender.endLine(), readFileSync(path, 'utf8'), appender.pendingBytes]).toEqual([null, '{"a":1}\n', 0])
    appender.close()
  })

  test('returns a failure while the disk is full', () => {
    writeFileSync(path, 'torn')
    const appender = openAppender(path)
    failing('writeSync', 'ENOSPC')
    expect(appender.endLine()).toEqual(full())
    restore()
    expect([appender.endLine(), readFileSync(path, 'utf8')]).toEqual([null, 'torn\n'])
    appender.close()
  })
})

test('appending an empty text writes pending lines, and otherwise changes nothing', () => {
  writeFileSync(path, 'torn')
  const appender = openAppender(path)
  expect([appender.append(''), readFileSync(path, 'utf8')]).toEqual([null, 'torn'])
  failing('writeSync', 'ENOSPC')
  expect(appender.append('1\n')).toEqual(full())
  restore()
  expect([appender.append(''), readFileSync(path, 'utf8')]).toEqual([null, 'torn\n1\n'])
  appender.close()
})

test('pending lines keep their bytes while other appenders encode theirs', () => {
  const appender = openAppender(path)
  const other = openAppender(`${path}.other`)
  failing('writeSync', 'ENOSPC')
  appender.append('first\n')
  appender.append('second\n')
  restore()
  other.append('xxxxxxxxxxxxxxxxx\n')
  expect([appender.flush(), readFileSync(path, 'utf8')]).toEqual([null, 'first\nsecond\n'])
  appender.close()
  other.close()
})

test('a torn line whose newline another writer supplied is not written again, and the lines after it follow', () => {
  for (const more of ['', 'second\nthird\n']) {
    writeFileSync(path, '')
    const appender = openAppender(path)
    acceptOnly(5)
    appender.append(`first\n${more}`)
    restore()
    appendFileSync(path, '\nother\n')
    expect([appender.pendingBytes, appender.flush(), appender.pendingBytes]).toEqual([1 + more.length, null, 0])
    expect(readFileSync(path, 'utf8')).toBe(`first\nother\n${more}`)
    appender.close()
  }
})

test('a write of no bytes is a failure, and is retried', () => {
  const appender = openAppender(path)
  replace('writeSync', () => () => 0)
  expect(appender.append('1\n')).toEqual({
    code: 'EIO',
    message: `cannot append to \`${path}\`: no bytes were written`,
  })
  expect(appender.pendingBytes).toBe(2)
  restore()
  expect([appender.flush(), readFileSync(path, 'utf8')]).toEqual([null, '1\n'])
  appender.close()
})

test('a failure to sync is returned', () => {
  const appender = openAppender(path)
  appender.append('1\n')
  expect(appender.sync()).toBeNull()
  failing('fdatasyncSync', 'EIO')
  const message = `cannot sync \`${path}\`: the device reports an input/output error (EIO)`
  expect(appender.sync()).toEqual({ code: 'EIO', message })
  appender.close()
})

test('a file that its server no longer has is opened again; any other failure is returned', () => {
  const appender = openAppender(path)
  appender.append('1\n')
  for (const [errno, failure] of [
    ['ESTALE', null],
    ['EIO', { code: 'EIO', message: `cannot append to \`${path}\`: the device reports an input/output error (EIO)` }],
  ] as const) {
    let left = 1
    replace('fstatSync', (real) => (...given) => {
      if (left-- > 0) throw systemError(errno)
      return real(...given)
    })
    expect(appender.append('2\n')).toEqual(failure)
  }
  failing('fstatSync', 'EIO')
  expect(appender.size()).toBe(0)
  restore()
  expect([appender.flush(), readFileSync(path, 'utf8')]).toEqual([null, '1\n2\n2\n'])
  appender.close()
})

describe('`checkIdentity`', () => {
  test('creates a deleted file again', () => {
    const appender = openAppender(path)
    rmSync(path)
    expect([appender.checkIdentity(), existsSync(path), appender.checkIdentity()]).toEqual([false, true, true])
    appender.close()
  })

  test('never throws: the next append reports why the file at the path cannot be used', () => {
    const appender = openAppender(path)
    appender.append('1\n')
    rmSync(path)
    failing('openSync', 'EACCES')
    expect(appender.checkIdentity()).toBe(false)
    const message = `cannot open \`${path}\` for appending: permission denied (EACCES)`
    expect(appender.append('2\n')).toEqual({ code: 'EACCES', message })
    restore()
    expect([appender.append('3\n'), readFileSync(path, 'utf8')]).toEqual([null, '2\n3\n'])
    appender.close()
  })

  test('terminates the last line of the file that is now at the path, even if it has the same size', () => {
    const appender = openAppender(path)
    appender.append('1\n')
    renameSync(path, `${path}.old`)
    writeFileSync(path, 'ab')
    expect(appender.checkIdentity()).toBe(false)
    appender.append('2\n')
    expect(readFileSync(path, 'utf8')).toBe('ab\n2\n')
    appender.close()
  })
})

test('a closed appender rejects each use with one message', () => {
  const appender = openAppender(path)
  appender.append('1\n')
  appender.close()
  const closed = new TypeError(`\`${path}\` is closed`)
  for (const text of ['late\n', '', 'no newline']) expect(() => appender.append(text)).toThrow(closed)
  expect(() => appender.flush()).toThrow(closed)
})

test('a line costs one fstat and one write, with no read of the last byte of a file that only we write', () => {
  const appender = openAppender(path)
  appender.append('1\n')
  restore()
  appender.append('2\n')
  expect(['fstatSync', 'writeSync', 'readSync', 'openSync', 'statSync'].map(callsOf)).toEqual([1, 1, 0, 0, 0])
  appender.close()
})

test('texts of every size around that of the shared buffer are written completely', () => {
  const appender = openAppender(path)
  let expected = ''
  for (const length of [1, 21_845, 21_846, 65_535, 65_536, 65_537, 400_000]) {
    const text = `${'€'.repeat(length - 1)}\n`
    expect(appender.append(text)).toBeNull()
    expected += text
  }
  expect(readFileSync(path, 'utf8')).toBe(expected)
  appender.close()
})
