import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { renamePatiently } from '../src/document.ts'
import { JournalError, readDocument, replaceDocument, watchDocument } from '../src/index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-document-'))
  path = join(directory, 'd.json')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a document is written, replaced and read, with no other file left', () => {
  expect(readDocument(path)).toBeNull()
  replaceDocument(path, '{"ü":1}')
  replaceDocument(path, '{"ü":2}', { sync: true })
  expect(readDocument(path)).toEqual({ text: '{"ü":2}' })
  expect(readdirSync(directory)).toEqual(['d.json'])
  writeFileSync(path, '\uFEFF{}')
  expect(readDocument(path)).toEqual({ text: '{}' })
})

test('mode and symbolic link are kept', () => {
  const target = join(directory, 'target.json')
  writeFileSync(target, 'old')
  chmodSync(target, 0o640)
  symlinkSync('target.json', path)
  replaceDocument(path, 'new')
  expect([lstatSync(path).isSymbolicLink(), readFileSync(target, 'utf8'), statSync(target).mode & 0o777]).toEqual([
    true,
    'new',
    0o640,
  ])
  rmSync(target)
  replaceDocument(path, 'without target')
  expect([lstatSync(path).isSymbolicLink(), readFileSync(path, 'utf8')]).toEqual([false, 'without target'])
})

test('a document that cannot be written causes a one-line error, and no file is left behind', () => {
  const errorOf = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      if (error instanceof JournalError) return [error.code, error.message]
    }
    return null
  }
  mkdirSync(path)
  expect(errorOf(() => replaceDocument(path, ''))).toEqual([
    'not-a-file',
    `cannot write \`${path}\`: it is a directory`,
  ])
  expect(errorOf(() => readDocument(path))).toEqual([
    'not-a-file',
    `cannot read \`${path}\`: it is a directory (EISDIR)`,
  ])
  const missing = join(directory, 'none', 'd.json')
  expect(errorOf(() => replaceDocument(missing, ''))).toEqual([
    'missing',
    `cannot write \`${missing}\`: no such file or directory (ENOENT)`,
  ])
  expect(readdirSync(directory)).toEqual(['d.json'])
})

test('a rename is retried on Windows while the file is open, and not elsewhere', () => {
  const system = (platform: string, failures: number, code = 'EPERM') => {
    const calls: unknown[] = []
    const rename = (from: string, to: string): void => {
      calls.push([from, to])
      if (calls.filter(Array.isArray).length <= failures) throw Object.assign(new Error(code), { code })
    }
    return { calls, platform, rename, wait: (ms: number) => calls.push(ms) }
  }
  const held = system('win32', 2)
  renamePatiently('a', 'b', held)
  expect(held.calls).toEqual([['a', 'b'], 2, ['a', 'b'], 4, ['a', 'b']])
  const stuck = system('win32', 100)
  expect(() => renamePatiently('a', 'b', stuck)).toThrow('EPERM')
  expect(stuck.calls.filter((call) => typeof call === 'number')).toEqual([2, 4, 8, 16, 32, 64, 128])
  for (const once of [system('linux', 1), system('win32', 1, 'ENOSPC')]) {
    expect(() => renamePatiently('a', 'b', once)).toThrow()
    expect(once.calls).toEqual([['a', 'b']])
  }
})

describe.each([false, true])('watched, network: %s', (network) => {
  test('every kind of change of a document is detected once', () => {
    const watch = watchDocument(path, { network, now: () => 0 })
    expect([watch.changed(), watch.read(), watch.changed()]).toEqual([true, null, false])
    const changes: [string, () => void, string | null][] = [
      ['made', () => replaceDocument(path, 'one'), 'one'],
      ['replaced by the same text', () => replaceDocument(path, 'one'), 'one'],
      ['replaced by rename', () => replaceDocument(path, 'two'), 'two'],
      ['grown in place', () => writeFileSync(path, '\uFEFFthree'), 'three'],
      ['emptied', () => writeFileSync(path, ''), ''],
      ['rewritten', () => writeFileSync(path, 'four'), 'four'],
      ['rewritten at the same size', () => rewrite('five'), 'five'],
      ['deleted', () => rmSync(path), null],
      ['created again', () => writeFileSync(path, 'six'), 'six'],
      ['replaced by an older file', () => rename('older', 1), 'older'],
    ]
    const rewrite = (text: string): void => {
      writeFileSync(path, text)
      utimesSync(path, 1, 1)
    }
    const rename = (text: string, time: number): void => {
      writeFileSync(`${path}.x`, text)
      utimesSync(`${path}.x`, time, time)
      renameSync(`${path}.x`, path)
    }
    for (const [name, change, text] of changes) {
      change()
      expect([name, watch.changed(), watch.read(), watch.changed()]).toEqual([name, true, text, false])
    }
    watch.close()
    expect(watch.changed()).toBe(false)
  })

  test('the deletion of a document is detected by `checkIdentity`', () => {
    writeFileSync(path, 'one')
    const watch = watchDocument(path, { network })
    watch.read()
    expect(watch.checkIdentity()).toBe(true)
    rmSync(path)
    expect(watch.checkIdentity()).toBe(false)
    expect([watch.changed(), watch.read(), watch.changed(), watch.checkIdentity()]).toEqual([true, null, false, true])
    watch.close()
  })

  test('a document that cannot be read throws a one-line error in `read`, never in `changed`', () => {
    mkdirSync(path)
    const watch = watchDocument(path, { network })
    expect(watch.changed()).toBe(true)
    expect(() => watch.read()).toThrow(`cannot read \`${path}\`: it is a directory`)
    expect(watch.changed()).toBe(true)
    rmSync(path, { recursive: true })
    expect(watch.read()).toBeNull()
    watch.close()
  })
})

test('a document that never ends, or is too large, is rejected and does not fill the memory', () => {
  expect(() => readDocument('/dev/zero')).toThrow('cannot read `/dev/zero`: it is larger than the limit of 64 MiB')
  writeFileSync(path, '')
  truncateSync(path, 64 * 1024 * 1024 + 1)
  expect(() => readDocument(path)).toThrow('larger than the limit of 64 MiB')
  expect(() => readDocument(directory)).toThrow('it is a directory')
})
