import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readDocument, replaceDocument } from '../src/index.ts'
import { callsOf, failing, replace, restore } from './system.ts'

vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-document-files-'))
  path = join(directory, 'd.json')
})
afterEach(() => {
  restore()
  rmSync(directory, { recursive: true, force: true })
})

/** The names of the files that are opened from now on. */
function opened(): string[] {
  const names: string[] = []
  replace('openSync', (real) => (...given) => {
    names.push(String(given[0]))
    return real(...given)
  })
  return names
}

describe('the temporary file of a document', () => {
  test('is next to it, is hidden, and has a different name each time', () => {
    const names = opened()
    for (const text of ['1', '2']) replaceDocument(path, text)
    expect(names).toEqual(Array(2).fill(expect.stringMatching(/\/\.d\.json\.[0-9a-f]{12}\.tmp$/)))
    expect(new Set(names).size).toBe(2)
    expect(names.every((name) => name.startsWith(`${directory}/.d.json.`))).toBe(true)
    expect(readdirSync(directory)).toEqual(['d.json'])
  })

  test('is next to the target of a link, so that the rename stays on one file system', () => {
    mkdirSync(join(directory, 'real'))
    writeFileSync(join(directory, 'real', 'target'), 'old')
    symlinkSync('real/target', path)
    const names = opened()
    replaceDocument(path, 'new', { sync: true })
    const real = realpathSync(join(directory, 'real'))
    expect(names).toEqual([expect.stringContaining(`${real}/.target.`), real])
    expect([readFileSync(join(real, 'target'), 'utf8'), readdirSync(real)]).toEqual(['new', ['target']])
  })

  test('is never an existing file, not even one with that name', () => {
    const flags: unknown[] = []
    replace('openSync', (real) => (...given) => {
      flags.push(given[1])
      if (flags.length === 1) writeFileSync(String(given[0]), 'of another')
      return real(...given)
    })
    expect(() => replaceDocument(path, 'x')).toThrow(expect.objectContaining({ errno: 'EEXIST' }))
    expect(existsSync(path)).toBe(false)
  })
})

describe('something else under the name of a document', () => {
  const socket = () =>
    new Promise<() => Promise<void>>((resolve) => {
      const server = createServer()
      server.listen(path, () => resolve(() => new Promise((closed) => server.close(() => closed()))))
    })

  test('such as a socket is replaced by it, unless `within` is set', async () => {
    const close = await socket()
    const within = [realpathSync(directory)]
    expect(() => replaceDocument(path, 'x', { within })).toThrow(
      expect.objectContaining({
        code: 'not-a-file',
        path,
        message: `cannot write \`${path}\`: it is not a regular file`,
      }),
    )
    replaceDocument(path, 'x')
    expect(readDocument(path)).toEqual({ text: 'x' })
    await close()
  })

  test('such as a directory is never replaced, and neither is the directory behind a link', () => {
    mkdirSync(join(directory, 'folder'))
    symlinkSync('folder', path)
    for (const options of [{}, { within: [realpathSync(directory)] }]) {
      for (const name of [path, join(directory, 'folder')]) {
        const message = `cannot write \`${name}\`: it is a directory`
        expect(() => replaceDocument(name, 'x', options)).toThrow(
          expect.objectContaining({ code: 'not-a-file', message }),
        )
      }
    }
    expect(readdirSync(directory).sort()).toEqual(['d.json', 'folder'])
  })
})

test('a document below a file is missing when it is read, and an error when it is written', () => {
  writeFileSync(path, '')
  const below = join(path, 'below')
  expect(readDocument(below)).toBeNull()
  const message = `cannot write \`${below}\`: a part of its path is not a directory (ENOTDIR)`
  expect(() => replaceDocument(below, 'x')).toThrow(expect.objectContaining({ code: 'missing', message }))
})

test('a directory that cannot be synced after the rename is an error, and the new document stays', () => {
  let syncs = 0
  replace('fsyncSync', (real) => (...given) => {
    if (++syncs === 2) throw Object.assign(new Error('broken'), { code: 'EIO' })
    return real(...given)
  })
  expect(() => replaceDocument(path, 'new', { sync: true })).toThrow('input/output error (EIO)')
  expect([readFileSync(path, 'utf8'), readdirSync(directory)]).toEqual(['new', ['d.json']])
  expect(callsOf('openSync')).toBe(callsOf('closeSync'))
})

test('the owner of a document is changed only by root, and only if it is not root already', () => {
  writeFileSync(path, 'old')
  replaceDocument(path, 'new')
  const isRoot = process.getuid?.() === 0
  if (isRoot) expect(callsOf('fchownSync')).toBe(0)
  expect(callsOf('fchmodSync')).toBe(1)
  failing('fchownSync', 'EPERM')
  replaceDocument(path, 'newer')
  expect(readFileSync(path, 'utf8')).toBe('newer')
})
