import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isWithin, makeInside, openInside, openInsideAsync, requireInside } from '../src/index.ts'
import { callsOf, replace, restore, systemError } from './system.ts'

// As on macOS: the system does not report the path of an open file, so that its name has to be followed again.
vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  const real = await importOriginal<typeof import('node:fs')>()
  const statSync = (path: string, ...more: []) => (path === '/proc/self/fd' ? undefined : real.statSync(path, ...more))
  return observed({ ...real, statSync })
})
vi.mock('node:fs/promises', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

let root: string
let inside: string
let path: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'journal-without-proc-')))
  inside = join(root, 'served')
  path = join(inside, 'file')
  mkdirSync(inside)
  writeFileSync(path, 'text')
})
afterEach(() => {
  restore()
  rmSync(root, { recursive: true, force: true })
})

const options = () => ({ flags: constants.O_RDONLY, within: [inside], doing: 'cannot read it' })

async function both(file: string): Promise<readonly string[]> {
  const outcome = async (open: () => number | Promise<{ close(): Promise<void> }>) => {
    try {
      const opened = await open()
      await (typeof opened === 'number' ? closeSync(opened) : opened.close())
      return 'open'
    } catch (error) {
      return (error as Error).message
    }
  }
  return [await outcome(() => openInside(file, options())), await outcome(() => openInsideAsync(file, options()))]
}

/** Replaces the opened file with another one before each of the first `times` checks of its location. */
function replaceBetween(times: number): () => number {
  let count = 0
  const swap = (): void => {
    if (count++ >= times) return
    writeFileSync(`${path}.new`, 'other')
    renameSync(`${path}.new`, path)
  }
  replace('openSync', (real) => (...given) => {
    const fd = real(...given)
    if (given[0] === path) swap()
    return fd
  })
  replace('open', (real) => async (...given) => {
    const handle = await real(...given)
    swap()
    return handle
  })
  return () => count
}

test('a file inside is opened, and a link to the outside is not', async () => {
  symlinkSync('/etc/hostname', join(inside, 'out'))
  expect(await both(path)).toEqual(['open', 'open'])
  const refusal = 'cannot read it: it is a link out of the served directories'
  expect(await both(join(inside, 'out'))).toEqual([refusal, refusal])
})

test('a file that is replaced while it is opened is opened again, up to eight times', async () => {
  replaceBetween(7)
  expect((await both(path))[0]).toBe('open')
  replaceBetween(7)
  await (await openInsideAsync(path, options())).close()
  const tries = replaceBetween(100)
  expect(await both(path)).toEqual(Array(2).fill('cannot read it: it keeps being replaced'))
  expect(tries()).toBe(16)
  expect(() => openInside(path, options())).toThrow(expect.objectContaining({ code: 'busy', path }))
})

test('each descriptor of a rejected file is closed', () => {
  replaceBetween(100)
  expect(() => openInside(path, options())).toThrow('it keeps being replaced')
  expect([callsOf('openSync'), callsOf('closeSync')]).toEqual([8, 8])
})

describe('creating a file', () => {
  const making = () => ({ ...options(), flags: constants.O_RDWR, doing: 'cannot open it' })

  test('opens the file that another process creates at the same time', () => {
    const fresh = join(inside, 'fresh')
    let left = 1
    replace('openSync', (real) => (...given) => {
      if (given[0] === fresh && left-- > 0) {
        writeFileSync(fresh, 'of another')
        throw systemError('ENOENT')
      }
      return real(...given)
    })
    closeSync(makeInside(fresh, making()))
  })

  test('stops after eight files that appear and disappear', () => {
    let tries = 0
    replace('openSync', () => (_, flags) => {
      const isMaking = typeof flags === 'number' && (flags & constants.O_EXCL) !== 0
      if (isMaking) tries++
      throw systemError(isMaking ? 'EEXIST' : 'ENOENT')
    })
    expect(() => makeInside(join(inside, 'fresh'), making())).toThrow('EEXIST')
    expect(tries).toBe(8)
  })

  test('does not hide other failures, and creates nothing outside', () => {
    expect(() => makeInside(inside, making())).toThrow('EISDIR')
    expect(() => makeInside(join(inside, 'none', 'fresh'), making())).toThrow('ENOENT')
    symlinkSync(root, join(inside, 'folder'))
    expect(() => makeInside(join(inside, 'folder', 'made'), making())).toThrow('it is a link out of')
    expect(existsSync(join(root, 'made'))).toBe(false)
  })
})

test.each([
  ['/a/b', '/a/b', true],
  ['/a/b/c', '/a/b', true],
  ['/a/bc', '/a/b', false],
  ['/a', '/a/b', false],
  ['/a', '/', true],
  ['/', '/', true],
])('%s is within %s: %s', (file, folder, lies) => {
  expect(isWithin(file, folder)).toBe(lies)
})

test('a path must lie in one of the directories; without directories it may lie anywhere', () => {
  const doing = 'cannot read it'
  expect(requireInside('/b/c', 'shown', { within: ['/a', '/b'], doing })).toBeUndefined()
  expect(requireInside('/b/c', 'shown', { within: undefined, doing })).toBeUndefined()
  for (const within of [['/a', '/c'], []]) {
    expect(() => requireInside('/b/c', 'shown', { within, doing })).toThrow(
      expect.objectContaining({
        code: 'outside',
        path: 'shown',
        message: 'cannot read it: it is a link out of the served directories',
      }),
    )
  }
})
