import { mkdirSync, mkdtempSync, renameSync, rmSync, type Stats, symlinkSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  describeLoss,
  openKnownFile,
  openTail,
  openTailAsync,
  readLastLines,
  readLastLinesAsync,
  readLines,
  watchDocument,
} from '../src/index.ts'
import { calls, callsOf, failing, replace, restore, systemError } from './system.ts'

vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})
vi.mock('node:fs/promises', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-read-failures-'))
  path = join(directory, 'x')
  writeFileSync(path, 'one\ntwo\n')
})
afterEach(() => {
  restore()
  rmSync(directory, { recursive: true, force: true })
})

const texts = ({ lines }: { lines: readonly { text: string }[] }) => lines.map(({ text }) => text)
const broken = () => ({
  code: 'EIO',
  message: `cannot read \`${path}\`: the device reports an input/output error (EIO)`,
})

/** Makes a method of all handles that are opened from now on fail with these errors, one after the other. */
function failingHandle(method: 'read' | 'stat', errnos: string[]): void {
  replace('open', (real) => async (...given) => {
    const handle = (await real(...given)) as FileHandle
    const original = handle[method].bind(handle) as (...of: unknown[]) => unknown
    const failingOften = async (...of: unknown[]): Promise<unknown> => {
      const errno = errnos.shift()
      if (errno !== undefined && errno !== '') throw systemError(errno)
      return original(...of)
    }
    return Object.assign(handle, { [method]: failingOften })
  })
}

describe('a disk that cannot be read', () => {
  test('is a failure of a tail, which tries again and loses nothing', () => {
    const tail = openTail(path)
    failing('readSync', 'EIO')
    expect(tail.read()).toEqual({ lines: [], reset: null, more: false, oversized: [], failure: broken() })
    expect([tail.look(), tail.offset, tail.cursor(), tail.seek('a-b-.0')]).toEqual([true, 0, null, false])
    tail.seekEnd()
    restore()
    expect([texts(tail.read()), tail.look()]).toEqual([['one', 'two'], false])
    tail.close()
  })

  test('is a failure of a tail that does not block, which tries again and loses nothing', async () => {
    const tail = openTailAsync(path)
    failingHandle('read', ['EIO'])
    expect(await tail.read()).toEqual({ lines: [], reset: null, more: false, oversized: [], failure: broken() })
    expect([tail.exists, tail.offset]).toEqual([true, 0])
    expect(texts(await tail.read())).toEqual(['one', 'two'])
    await tail.close()
  })

  test('is an error of the functions that read lines, with the file closed', async () => {
    failing('readSync', 'EIO')
    calls.length = 0
    const error = expect.objectContaining({
      name: 'JournalError',
      code: 'io',
      errno: 'EIO',
      path,
      message: broken().message,
    })
    expect(() => readLastLines(path, 5)).toThrow(error)
    expect(() => [...readLines(path)]).toThrow(expect.objectContaining({ code: 'io', errno: 'EIO' }))
    expect([callsOf('openSync'), callsOf('closeSync')]).toEqual([2, 2])
    failingHandle('read', ['EIO'])
    await expect(readLastLinesAsync(path, 5)).rejects.toEqual(error)
  })

  test('is an error of a watched document, which stays changed until it is read', () => {
    const watch = watchDocument(path)
    failing('readSync', 'EIO')
    expect(() => watch.read()).toThrow(expect.objectContaining({ code: 'io', path, message: broken().message }))
    expect(watch.changed()).toBe(true)
    restore()
    expect([watch.read(), watch.changed()]).toEqual(['one\ntwo\n', false])
    failing('fstatSync', 'EIO')
    expect(watch.changed()).toBe(true)
    watch.close()
  })

  test('is a change of a watched document, if it fails when the text is compared once more', () => {
    let now = 0
    const watch = watchDocument(path, { now: () => now })
    expect([watch.read(), watch.changed()]).toEqual(['one\ntwo\n', false])
    now = 5000
    failing('readSync', 'EIO')
    expect(watch.changed()).toBe(true)
    restore()
    expect([watch.changed(), watch.read(), watch.changed()]).toEqual([true, 'one\ntwo\n', false])
    watch.close()
  })

  test('is not mistaken for a loss of known bytes', () => {
    const file = openKnownFile(path)
    failing('readSync', 'EIO')
    file.know(8)
    expect([file.known, file.tail]).toEqual([8, null])
    restore()
    // The last bytes are not known, so only the size can be compared.
    expect([file.check(), file.hasChanged()]).toEqual([null, false])
    file.know(8)
    expect(file.tail).toMatch(/^[0-9a-f]{16}$/)
    failing('fstatSync', 'EIO')
    expect([file.hasChanged(), file.check(), file.hasChanged()]).toEqual([true, null, true])
    failing('statSync', 'EIO')
    file.checkName()
    restore()
    expect([file.check(), file.hasChanged(), file.serial]).toEqual([null, false, 0])
    file.close()
  })
})

test('an error that the caller throws from `onOversized` is not changed', async () => {
  const mine = new Error('mine')
  const onOversized = (): never => {
    throw mine
  }
  writeFileSync(path, 'long line\n')
  await expect(readLastLinesAsync(path, 5, { maxLineBytes: 3, onOversized })).rejects.toBe(mine)
  expect(() => [...readLines(path, { maxLineBytes: 3, onOversized })]).toThrow(mine)
})

describe('a file that its server no longer has', () => {
  test('is opened again by a tail, by its path', () => {
    const tail = openTail(path)
    tail.read()
    writeFileSync(`${path}.new`, 'three\n')
    renameSync(`${path}.new`, path)
    let left = 1
    replace('fstatSync', (real) => (...given) => {
      if (left-- > 0) throw systemError('ESTALE')
      return real(...given)
    })
    const batch = tail.read()
    expect([batch.reset, texts(batch)]).toEqual(['replaced', ['three']])
    tail.close()
  })

  test.each(['ESTALE', 'EBADF'])('is opened again by a tail that does not block (%s)', async (errno) => {
    failingHandle('stat', ['', '', errno])
    const tail = openTailAsync(path)
    expect(texts(await tail.read())).toEqual(['one', 'two'])
    writeFileSync(path, 'one\ntwo\nthree\n')
    const batch = await tail.read()
    expect([batch.failure, batch.reset, texts(batch)]).toEqual([null, null, ['three']])
    await tail.close()
  })

  test('is not confused with other failures', async () => {
    failingHandle('stat', ['', '', 'EIO'])
    const tail = openTailAsync(path)
    await tail.read()
    expect((await tail.read()).failure).toEqual(broken())
    expect((await tail.read()).failure).toBeNull()
    await tail.close()
  })

  test('is compared by its last bytes if it was known', () => {
    for (const [content, outcome] of [
      ['one\ntwo\nthree\n', null],
      ['one\nTWO\nthree\n', 'another file has its name'],
    ] as const) {
      writeFileSync(path, 'one\ntwo\n')
      const file = openKnownFile(path)
      file.know(8)
      writeFileSync(`${path}.new`, content)
      renameSync(`${path}.new`, path)
      file.checkName()
      let left = 1
      replace('readSync', (real) => (...given) => {
        if (left-- > 0) throw systemError('ESTALE')
        return real(...given)
      })
      expect(file.check()).toBe(outcome)
      restore()
      file.close()
    }
  })

  test('is looked up by its path if it was known', () => {
    const file = openKnownFile(path)
    file.know(8)
    let left = 1
    replace('fstatSync', (real) => (...given) => {
      if (left-- > 0) throw systemError('ESTALE')
      return real(...given)
    })
    rmSync(path)
    expect(file.check()).toBe('it was removed')
    file.close()
  })
})

describe('a directory that is replaced by another', () => {
  const exchange = (): void => {
    renameSync(join(directory, 'run'), join(directory, 'old'))
    mkdirSync(join(directory, 'run'))
    writeFileSync(join(directory, 'run', 'x'), 'ONE\ntwo\n')
  }
  let file: string
  beforeEach(() => {
    file = join(directory, 'run', 'x')
    mkdirSync(join(directory, 'run'))
    writeFileSync(file, 'one\ntwo\n')
  })

  test('is detected by the path of a known file', () => {
    const known = openKnownFile(file)
    known.know(8)
    expect(known.hasChanged()).toBe(true)
    expect([known.check(), known.hasChanged()]).toEqual([null, false])
    exchange()
    expect(known.hasChanged()).toBe(false)
    known.checkName()
    expect([known.hasChanged(), known.check()]).toEqual([true, 'another file has its name'])
    known.close()
  })

  test('is detected immediately on a network file system, where the file is opened each time', () => {
    const known = openKnownFile(file, { network: true })
    known.know(8)
    known.check()
    exchange()
    expect([known.hasChanged(), known.check()]).toEqual([true, 'another file has its name'])
    rmSync(file)
    expect([known.hasChanged(), known.check()]).toEqual([true, 'it was removed'])
    known.close()
  })

  test('is detected by a tail with `checkIdentity`, and within sixteen reads by a tail that does not block', async () => {
    const tail = openTail(file)
    const other = openTailAsync(file)
    tail.read()
    await other.read()
    exchange()
    expect([tail.look(), tail.checkIdentity(), tail.look()]).toEqual([false, false, true])
    expect(tail.read().reset).toBe('replaced')
    const resets = []
    for (let i = 0; i < 16; i++) resets.push((await other.read()).reset)
    expect(resets.filter((reset) => reset !== null)).toEqual(['replaced'])
    tail.close()
    rmSync(file)
    // A closed tail does not follow any path.
    expect([tail.checkIdentity(), tail.look()]).toEqual([true, false])
    await other.close()
  })

  test('cannot be detected while the path cannot be examined, and does not count as a change', () => {
    const tail = openTail(file)
    tail.read()
    failing('statSync', 'EACCES')
    expect(tail.checkIdentity()).toBe(true)
    tail.close()
  })
})

test('a deletion within one tick of the file clock, which leaves the same times, is detected', () => {
  const tail = openTail(path)
  const watch = watchDocument(path)
  const known = openKnownFile(path)
  tail.read()
  watch.read()
  known.check()
  const changes = () => [tail.look(), watch.changed(), known.hasChanged()]
  expect(changes()).toEqual([false, false, false])
  replace(
    'fstatSync',
    (real) =>
      (...given) =>
        Object.assign(real(...given) as Stats, { nlink: 0 }),
  )
  expect(changes()).toEqual([true, true, true])
  for (const open of [tail, watch, known]) open.close()
})

test('a read of no bytes still returns one line', async () => {
  const tail = openTail(path)
  const other = openTailAsync(path)
  expect([texts(tail.read(0)), texts(await other.read(-1))]).toEqual([['one'], ['one']])
  tail.close()
  await other.close()
})

describe('the cost of a check', () => {
  const counts = (act: () => unknown) => {
    calls.length = 0
    act()
    return calls.map((call) => call.replace('Sync', ''))
  }

  test('is one fstat for a tail, a document and a known file, unless they are on a network file system', () => {
    for (const options of [{}, { network: false }]) {
      const tail = openTail(path, options)
      // After 25 ms, its text would be compared as well.
      const watch = watchDocument(path, { ...options, now: () => 0 })
      const known = openKnownFile(path, options)
      tail.read()
      watch.read()
      known.check()
      for (const check of [() => tail.look(), () => watch.changed(), () => known.hasChanged()]) {
        expect(counts(check)).toEqual(['fstat'])
      }
      for (const open of [tail, watch, known]) open.close()
    }
    const tail = openTail(path, { network: true })
    const watch = watchDocument(path, { network: true })
    const known = openKnownFile(path, { network: true })
    tail.read()
    watch.read()
    known.check()
    for (const check of [() => tail.look(), () => watch.changed(), () => known.hasChanged()]) {
      const found = counts(check)
      expect([found[0], found.at(-1)]).toEqual(['open', 'close'])
    }
    // Between two checks, no file is open.
    expect(counts(() => [tail.close(), watch.close()])).toEqual([])
    known.close()
  })

  test('is one stat by path until the file exists', () => {
    const none = join(directory, 'none')
    const tail = openTail(none)
    const watch = watchDocument(none)
    watch.read()
    expect(counts(() => [tail.look(), watch.changed()])).toEqual(['stat', 'stat'])
    tail.close()
    watch.close()
  })

  test('is one stat by path in sixteen checks for a tail that does not block', async () => {
    const tail = openTailAsync(path)
    await tail.read()
    calls.length = 0
    for (let i = 0; i < 32; i++) await tail.read()
    expect([callsOf('stat'), callsOf('open')]).toEqual([2, 0])
    await tail.close()
    const network = openTailAsync(path, { network: true })
    calls.length = 0
    for (let i = 0; i < 4; i++) await network.read()
    expect(callsOf('open')).toBe(4)
    await network.close()
  })
})

test('`describeLoss` closes the file, and reports a circular link as an error', () => {
  calls.length = 0
  expect(describeLoss(path, { bytes: 8, tail: null })).toBeNull()
  expect(describeLoss(path, { bytes: 9, tail: null })).toBe('it was truncated from 9 to 8 bytes')
  expect([callsOf('openSync'), callsOf('closeSync')]).toEqual([2, 2])
  expect([describeLoss(path, { bytes: 0, tail: null }), callsOf('openSync')]).toEqual([null, 2])
  symlinkSync('circle', join(directory, 'circle'))
  expect(() => describeLoss(join(directory, 'circle'), { bytes: 1, tail: null })).toThrow('form a loop (ELOOP)')
})
