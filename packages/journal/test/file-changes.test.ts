import {
  appendFileSync,
  type BigIntStats,
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  type Stats,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HeldFile, isSameFile, openToRead } from '../src/held-file.ts'
import { openKnownFile, openTail, openTailAsync, watchDocument } from '../src/index.ts'
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
  directory = mkdtempSync(join(tmpdir(), 'journal-file-changes-'))
  path = join(directory, 'x')
  writeFileSync(path, 'one\ntwo\n')
  utimesSync(path, 1000, 1000)
})
afterEach(() => {
  restore()
  rmSync(directory, { recursive: true, force: true })
})

/** Changes the result of every later fstat of an open file. */
function told(change: Partial<Stats>): void {
  replace(
    'fstatSync',
    (real) =>
      (...given) =>
        Object.assign(real(...given) as object, change),
  )
}

describe.each([false, true])('a change is detected (network: %s)', (network) => {
  test.each<[string, () => void]>([
    ['of the size', () => told({ size: 7 })],
    ['of the time of writing', () => told({ mtimeMs: 7 })],
    ['of the time of change', () => told({ ctimeMs: 7 })],
    ['of the time of change, by the system itself', () => chmodSync(path, 0o600)],
    ['that cannot be examined', () => failing('fstatSync', 'EIO')],
  ])('%s', (_, change) => {
    const [tail, watch, known] = [
      openTail(path, { network }),
      watchDocument(path, { network }),
      openKnownFile(path, { network }),
    ]
    tail.read()
    watch.read()
    known.check()
    const changes = () => [tail.look(), watch.changed(), known.hasChanged()]
    expect([changes(), changes()]).toEqual(Array(2).fill([false, false, false]))
    change()
    expect([changes(), changes()]).toEqual(Array(2).fill([true, true, true]))
    for (const open of [tail, watch, known]) open.close()
  })

  test('until it has been read, and not afterwards', () => {
    const tail = openTail(path, { network })
    tail.read()
    for (const text of ['three\n', 'four\n']) {
      appendFileSync(path, text)
      expect([tail.look(), tail.read().lines.map((line) => `${line.text}\n`), tail.look()]).toEqual([
        true,
        [text],
        false,
      ])
    }
    tail.close()
  })
})

describe('a held file', () => {
  test('counts the files that it finds at its path', () => {
    for (const network of [false, true]) {
      const own = join(directory, `held-${network}`)
      const file = new HeldFile(own, network)
      expect([file.open(), file.serial, file.identity, file.stats, file.isClosed]).toEqual([
        -1,
        0,
        undefined,
        undefined,
        false,
      ])
      for (const [serial, text] of ['first', 'second', 'third'].entries()) {
        writeFileSync(`${own}.new`, text)
        renameSync(`${own}.new`, own)
        expect([file.open() >= 0, file.serial, file.stats?.size]).toEqual([true, serial + 1, text.length])
        expect(file.identity?.size).toBe(BigInt(text.length))
        file.release()
        expect([file.open() >= 0, file.serial]).toEqual([true, serial + 1])
        file.release()
        expect(file.checkName()).toBe(true)
      }
      rmSync(own)
      expect([file.hasChanged(), file.open(), file.identity, file.stats]).toEqual([true, -1, undefined, undefined])
      expect([file.hasChanged(), file.serial, file.checkName()]).toEqual([false, 3, true])
      // The next file may get the same inode number, but it is a different file.
      writeFileSync(own, 'fourth')
      // On a network file system, the check has already opened it.
      expect([file.hasChanged(), file.checkName(), file.open() >= 0, file.serial]).toEqual([true, network, true, 4])
      file.close()
      expect([file.isClosed, file.open(), file.hasChanged(), file.checkName()]).toEqual([true, -1, false, true])
    }
  })

  test('is kept open between two uses, unless it is on a network file system', () => {
    for (const [network, opened, closed] of [
      [false, 1, 0],
      [true, 3, 3],
    ] as const) {
      const file = new HeldFile(path, network)
      restore()
      for (let i = 0; i < 3; i++) {
        file.open()
        file.release()
      }
      expect([network, callsOf('openSync'), callsOf('closeSync')]).toEqual([network, opened, closed])
      file.close()
      file.close()
      expect([callsOf('openSync'), callsOf('closeSync')]).toEqual([opened, opened])
    }
  })

  test('closes the descriptor of a file that is no longer at its path', () => {
    const file = new HeldFile(path, false)
    file.open()
    rmSync(path)
    restore()
    expect([file.open(), callsOf('closeSync')]).toEqual([-1, 1])
    writeFileSync(path, 'x')
    file.open()
    renameSync(path, `${path}.away`)
    restore()
    expect([file.checkName(), callsOf('closeSync'), file.identity]).toEqual([false, 1, undefined])
    file.close()
    expect(callsOf('closeSync')).toBe(1)
  })

  test('that cannot be examined throws, and a file that the server no longer has is looked up by its path', () => {
    const file = new HeldFile(path, false)
    file.open()
    failing('fstatSync', 'EIO')
    expect(() => file.open()).toThrow('EIO')
    restore()
    let left = 1
    replace('fstatSync', (real) => (...given) => {
      if (left-- > 0) throw systemError('ESTALE')
      return real(...given)
    })
    calls.length = 0
    expect([file.open() >= 0, callsOf('openSync'), file.serial]).toEqual([true, 1, 2])
    file.close()
  })

  test('is not closed by a failing check on a network file system', () => {
    const file = new HeldFile(path, true)
    file.open()
    file.release()
    failing('openSync', 'EACCES')
    expect([file.hasChanged(), file.stats?.size]).toEqual([true, 8])
    restore()
    expect(file.hasChanged()).toBe(false)
    expect(callsOf('openSync')).toBe(callsOf('closeSync'))
  })
})

test('files are the same by inode and device, compared exactly', () => {
  const stats = (ino: bigint, dev: bigint) => ({ ino, dev }) as BigIntStats
  const one = stats(2n ** 53n, 1n)
  expect(isSameFile(one, stats(2n ** 53n, 1n))).toBe(true)
  for (const other of [stats(2n ** 53n + 1n, 1n), stats(2n ** 53n, 2n), undefined]) {
    expect([isSameFile(one, other), isSameFile(other, one)]).toEqual([false, false])
  }
  expect(isSameFile(undefined, undefined)).toBe(false)
})

test('a missing file has no descriptor; other failures name the path that was given', () => {
  expect(openToRead(join(directory, 'none'), 'shown')).toBe(-1)
  expect(openToRead(join(path, 'below'), 'shown')).toBe(-1)
  const errorOf = (file: string, within?: readonly string[]) => {
    try {
      return openToRead(file, 'shown', within)
    } catch (error) {
      return error
    }
  }
  expect(errorOf(directory)).toMatchObject({
    code: 'not-a-file',
    path: directory,
    message: 'cannot read `shown`: it is a directory',
  })
  failing('openSync', 'EACCES')
  expect(errorOf(path)).toMatchObject({
    code: 'denied',
    errno: 'EACCES',
    path: 'shown',
    message: 'cannot read `shown`: permission denied (EACCES)',
  })
})

describe('a tail that does not block', () => {
  test('keeps its file open until another file is at the path or the tail is closed', async () => {
    const closes: string[] = []
    replace('open', (real) => async (...given) => {
      const handle = (await real(...given)) as { close: () => Promise<void> }
      const close = handle.close.bind(handle)
      return Object.assign(handle, {
        close: () => {
          closes.push(String(given[0]))
          return close()
        },
      })
    })
    const tail = openTailAsync(path)
    for (let i = 0; i < 3; i++) await tail.read()
    expect([callsOf('open'), closes]).toEqual([1, []])
    rmSync(path)
    await tail.read()
    expect([closes, tail.exists]).toEqual([[path], false])
    writeFileSync(path, 'new\n')
    expect([(await tail.read()).reset, closes.length]).toEqual(['replaced', 1])
    await tail.close()
    await tail.close()
    expect(closes).toEqual([path, path])
  })

  test('counts a file that is missing for a while as another one, even if the inode number is the same', async () => {
    const tail = openTailAsync(path)
    await tail.read()
    renameSync(path, `${path}.away`)
    for (let i = 0; i < 16 && tail.exists; i++) await tail.read()
    expect(tail.exists).toBe(false)
    renameSync(`${path}.away`, path)
    expect((await tail.read()).reset).toBe('replaced')
    await tail.close()
  })

  test('continues with its file while the name cannot be examined', async () => {
    const tail = openTailAsync(path)
    failing('stat', 'EACCES')
    for (let i = 0; i < 20; i++) expect((await tail.read()).failure).toBeNull()
    expect([callsOf('stat'), callsOf('open')]).toEqual([1, 1])
    await tail.close()
  })
})
