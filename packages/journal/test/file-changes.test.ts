import {
  appendFileSync,
  type BigIntStats,
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HeldFile, isSameFile, openToRead } from '../src/held-file.ts'
import { describeLoss, openKnownFile, openTail, openTailAsync, watchDocument } from '../src/index.ts'
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

/** Changes what every later look at an open file reports. */
function told(name: 'fstatSync' | 'statSync', change: Partial<Stats> | Partial<BigIntStats>): void {
  replace(
    name,
    (real) =>
      (...given) =>
        Object.assign(real(...given) as object, change),
  )
}

describe.each([false, true])('a change is noticed (network: %s)', (network) => {
  test.each<[string, () => void]>([
    ['of the size', () => told('fstatSync', { size: 7 })],
    ['of the time of writing', () => told('fstatSync', { mtimeMs: 7 })],
    ['of the time of change', () => told('fstatSync', { ctimeMs: 7 })],
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

  test('once it was read, no more', () => {
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
  test('counts the files that it finds under its name', () => {
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
      // The same number may be given to the next file: it is another one nevertheless.
      writeFileSync(own, 'fourth')
      // A look at a network file system has already opened it.
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

  test('closes the descriptor of a file that lost its name', () => {
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

  test('that cannot be examined throws, and a file that the server forgot is looked for by its name', () => {
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

  test('is not closed by a look at a network file system that fails', () => {
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

describe('a known file', () => {
  test('of another device under its name is another file, which may have the same bytes', () => {
    const known = openKnownFile(path)
    known.know(8)
    expect([known.check(), known.hasChanged(), known.size, known.known]).toEqual([null, false, 8, 8])
    told('statSync', { dev: -1n })
    known.checkName()
    expect(known.hasChanged()).toBe(true)
    restore()
    expect([known.check(), known.hasChanged(), known.serial]).toEqual([null, false, 0])
    known.close()
  })

  test('is read at its end only: 256 bytes, or all that are known', () => {
    for (const [bytes, from, length] of [
      [8, 0, 8],
      [256, 0, 256],
      [257, 1, 256],
      [1000, 744, 256],
    ] as const) {
      writeFileSync(path, 'x'.repeat(2000))
      const known = openKnownFile(path)
      const read: unknown[] = []
      replace('readSync', (real) => (...given) => {
        read.push([given[4], given[3]])
        return real(...given)
      })
      known.know(bytes)
      expect([known.check(), read]).toEqual([null, Array(2).fill([from, length])])
      expect(known.size).toBe(2000)
      restore()
      for (const [place, lost] of [
        [bytes - 1, 'its bytes were replaced by others'],
        [from, 'its bytes were replaced by others'],
        [bytes, null],
      ] as const) {
        const text = Buffer.alloc(2000, 'x')
        text[place] = 0x79
        writeFileSync(path, text)
        expect([bytes, place, known.check()]).toEqual([bytes, place, lost])
      }
      known.close()
    }
  })

  test('has a size of at least what is known of it, even before it is examined', () => {
    const known = openKnownFile(path)
    expect([known.known, known.size, known.serial, known.tail]).toEqual([
      0,
      0,
      0,
      expect.stringMatching(/^[0-9a-f]{16}$/),
    ])
    known.know(4)
    expect([known.size, known.hasChanged()]).toEqual([4, true])
    expect([known.check(), known.size]).toEqual([null, 8])
    known.know(5)
    expect([known.size, known.known, known.hasChanged()]).toEqual([8, 5, true])
    known.close()
  })

  test('has a tail that differs with its bytes, and is the same for the same ones', () => {
    const tailOf = (text: string, bytes = text.length) => {
      writeFileSync(path, text)
      const known = openKnownFile(path)
      known.know(bytes)
      known.close()
      return known.tail
    }
    expect(tailOf('one\n')).toBe(tailOf('one\ntwo\n', 4))
    expect(new Set([tailOf('one\n'), tailOf('onf\n'), tailOf(''), tailOf('one')]).size).toBe(4)
    const tail = tailOf('one\n')
    writeFileSync(path, 'onf\ntwo\n')
    expect(describeLoss(path, { bytes: 4, tail })).toBe('its bytes were replaced by others')
  })

  test('is compared completely with a file that took its name, in blocks of 64 KiB', () => {
    const size = 150_000
    for (const place of [0, 65_535, 65_536, 131_071, 149_743, 149_999, 150_000]) {
      writeFileSync(path, 'x'.repeat(size + 10))
      const known = openKnownFile(path)
      known.know(size)
      const text = Buffer.alloc(size + 10, 'x')
      text[place] = 0x79
      writeFileSync(`${path}.new`, text)
      renameSync(`${path}.new`, path)
      known.checkName()
      calls.length = 0
      const isSame = place >= size
      expect([place, known.check(), known.serial]).toEqual([
        place,
        isSame ? null : 'another file has its name',
        isSame ? 1 : 0,
      ])
      // The file that is not taken is closed, and so is the one that is left.
      expect(callsOf('openSync')).toBe(callsOf('closeSync'))
      known.close()
    }
  })

  test('of which a longer file has its name is the same, and a shorter one is another', () => {
    for (const [text, lost] of [
      ['one\ntwo\n', null],
      ['one\ntwo\nthree\n', null],
      ['one\ntwo', 'another file has its name'],
      ['', 'another file has its name'],
    ] as const) {
      writeFileSync(path, 'one\ntwo\n')
      const known = openKnownFile(path)
      known.know(8)
      writeFileSync(`${path}.new`, text)
      renameSync(`${path}.new`, path)
      expect([text, known.hasChanged(), known.check()]).toEqual([text, true, lost])
      known.close()
    }
  })

  test('that is cut while it is compared with the file that took its name is another one', () => {
    for (const cut of ['first', 'second'] as const) {
      writeFileSync(path, 'one\ntwo\n')
      const known = openKnownFile(path)
      known.know(8)
      writeFileSync(`${path}.new`, 'one\ntwo\n')
      renameSync(`${path}.new`, path)
      known.checkName()
      let reads = 0
      replace(
        'readSync',
        (real) =>
          (...given) =>
            ++reads >= (cut === 'first' ? 1 : 2) ? 0 : real(...given),
      )
      expect([cut, known.check(), known.serial]).toEqual([cut, 'another file has its name', 0])
      restore()
      known.close()
    }
  })

  test('whose old bytes cannot be read any more is not lost, unless its server forgot it and its end differs', () => {
    for (const [errno, isTailKnown] of [
      ['EIO', true],
      ['ESTALE', false],
    ] as const) {
      writeFileSync(path, 'one\ntwo\n')
      const known = openKnownFile(path)
      if (!isTailKnown) failing('readSync', 'EIO')
      known.know(8)
      restore()
      writeFileSync(`${path}.new`, 'ONE\nTWO\n')
      renameSync(`${path}.new`, path)
      known.checkName()
      failing('readSync', errno)
      expect([errno, known.check(), known.serial, known.hasChanged()]).toEqual([errno, null, 0, true])
      restore()
      expect(known.check()).toBe('another file has its name')
      known.close()
    }
  })

  test('is not opened again to be examined, unless it is on a network file system', () => {
    for (const [network, opened] of [
      [false, 1],
      [true, 3],
    ] as const) {
      restore()
      const known = openKnownFile(path, { network })
      known.check()
      known.check()
      expect([network, callsOf('openSync')]).toEqual([network, opened])
      known.close()
      expect(callsOf('closeSync')).toBe(opened)
    }
  })

  test('that cannot be read is an error of one line when it is opened or dropped', () => {
    const none = join(directory, 'none')
    const missing = { code: 'missing', errno: 'ENOENT', path: none }
    const message = `cannot read \`${none}\`: no such file or directory (ENOENT)`
    expect(() => openKnownFile(none)).toThrow(expect.objectContaining({ ...missing, message }))
    const known = openKnownFile(path)
    known.know(8)
    rmSync(path)
    expect(() => known.forget()).toThrow(expect.objectContaining({ code: 'missing', path }))
    // Its bytes are still known.
    expect([known.known, known.check()]).toEqual([8, 'it was removed'])
    known.close()
    known.close()
  })

  test('whose name leads nowhere else while it is examined reports other failures as no loss', () => {
    const known = openKnownFile(path)
    known.know(8)
    rmSync(path)
    symlinkSync('x', path)
    known.checkName()
    expect([known.check(), known.hasChanged()]).toEqual([null, true])
    known.close()
  })
})

describe('a tail that does not block', () => {
  test('keeps its file open, and closes it when another has the name or it is closed', async () => {
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

  test('counts a file that is gone for a while as another one, even with the same number', async () => {
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
