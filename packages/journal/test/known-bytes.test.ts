import { mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { describeLoss, openKnownFile } from '../src/index.ts'
import { calls, callsOf, failing, replace, restore } from './system.ts'

vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-known-bytes-'))
  path = join(directory, 'x')
  writeFileSync(path, 'one\ntwo\n')
  utimesSync(path, 1000, 1000)
})
afterEach(() => {
  restore()
  rmSync(directory, { recursive: true, force: true })
})

describe('a known file', () => {
  test('that is replaced by a file on another device may continue with it if the bytes are the same', () => {
    const known = openKnownFile(path)
    known.know(8)
    expect([known.check(), known.hasChanged(), known.size, known.known]).toEqual([null, false, 8, 8])
    replace(
      'statSync',
      (real) =>
        (...given) =>
          Object.assign(real(...given) as object, { dev: -1n }),
    )
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

  test('has a size of at least its known bytes, even before it is examined', () => {
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

  test('has a tail that depends only on its bytes', () => {
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

  test('is compared completely with a file that replaced it, in blocks of 64 KiB', () => {
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
      // The file that is not used is closed, and so is the one that is replaced.
      expect(callsOf('openSync')).toBe(callsOf('closeSync'))
      known.close()
    }
  })

  test('that is replaced by a longer file with the same bytes is the same, and a shorter one is another', () => {
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

  test('that is truncated while it is compared with its replacement is another one', () => {
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

  test('whose old bytes can no longer be read is not lost, unless its server no longer has it and its end differs', () => {
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

  test('that cannot be read causes a one-line error when it is opened or forgotten', () => {
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

  test('that is still at its path while it is examined does not report other failures as a loss', () => {
    const known = openKnownFile(path)
    known.know(8)
    rmSync(path)
    symlinkSync('x', path)
    known.checkName()
    expect([known.check(), known.hasChanged()]).toEqual([null, true])
    known.close()
  })
})
