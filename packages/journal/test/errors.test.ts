import { describe, expect, test } from 'vitest'
import { errnoOf, failureError, ioFailure, isMissing, isSystemError } from '../src/errors.ts'
import { JournalError, type JournalErrorCode, journalError } from '../src/index.ts'
import { systemError } from './system.ts'

const doing = 'cannot read `runs/x`'

describe('a failure of the system', () => {
  test.each([
    ['ENOENT', 'missing', 'no such file or directory'],
    ['ENOTDIR', 'missing', 'a part of its path is not a directory'],
    ['EACCES', 'denied', 'permission denied'],
    ['EROFS', 'read-only', 'the file system is read-only'],
    ['EISDIR', 'not-a-file', 'it is a directory'],
    ['ENOSPC', 'full', 'no space left on the device'],
    ['EBUSY', 'busy', 'it is in use'],
    ['EMFILE', 'too-many-files', 'this process has too many open files'],
    ['EIO', 'io', 'the device reports an input/output error'],
  ])('%s has the code `%s` and the reason "%s"', (errno, code, reason) => {
    const cause = systemError(errno)
    const message = `${doing}: ${reason} (${errno})`
    const found = { name: 'JournalError', code, errno, path: 'runs/x', message }
    expect(journalError(doing, 'runs/x', cause)).toMatchObject({ ...found, cause })
    const failure = ioFailure(doing, cause)
    expect(failure).toEqual({ code: errno, message })
    expect(failureError(failure, 'runs/x')).toMatchObject(found)
  })

  test.each<[string, unknown, string, string]>([
    ['of an unknown kind keeps the words of the system', systemError('EXDEV'), 'EXDEV', 'EXDEV: printed by the system'],
    ['without a code is EIO', new Error('it broke'), '', 'it broke'],
    ['whose code is not text is EIO', Object.assign(new Error('it broke'), { code: 5 }), '', 'it broke'],
    ['that is only text is EIO', 'boom', '', 'boom'],
    ['that is null is EIO', null, '', 'null'],
    ['that is undefined is EIO', undefined, '', 'undefined'],
  ])('%s', (_, cause, errno, reason) => {
    expect(errnoOf(cause)).toBe(errno)
    expect(journalError(doing, 'x', cause)).toMatchObject({ code: 'io', errno, message: `${doing}: ${reason}` })
    expect(ioFailure(doing, cause)).toEqual({ code: errno || 'EIO', message: `${doing}: ${reason}` })
  })

  test('is distinguished from an error in the caller’s code, and from other failures', () => {
    const errors = [systemError('ENOENT'), systemError('E2BIG'), new JournalError('io', '', ''), systemError('ENOTDIR')]
    expect(errors.map(isSystemError)).toEqual([true, true, true, true])
    expect(errors.map(isMissing)).toEqual([true, false, false, true])
    const others = [new TypeError('x'), systemError('ERR_INVALID_ARG_TYPE'), systemError('xENOENT'), systemError('E')]
    expect(others.map(isSystemError)).toEqual([false, false, false, false])
  })
})

test.each<[JournalErrorCode, string]>([
  ['outside', 'EACCES'],
  ['not-a-file', 'EISDIR'],
  ['busy', 'EBUSY'],
  ['io', 'EIO'],
])('a failure that the package detected itself keeps its message; `%s` is reported as %s', (code, errno) => {
  const own = new JournalError(code, 'one line', 'x')
  expect([own.errno, journalError(doing, 'x', own)]).toEqual(['', own])
  expect(ioFailure(doing, own)).toEqual({ code: errno, message: 'one line' })
  const caused = new JournalError(code, 'one line', 'x', { cause: systemError('ENOSPC') })
  expect(ioFailure(doing, caused)).toEqual({ code: 'ENOSPC', message: 'one line' })
})
