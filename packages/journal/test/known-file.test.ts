import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { describeLoss, type KnownFile, openKnownFile } from '../src/index.ts'

let directory: string
let path: string
let count = 0
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-known-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))
beforeEach(() => {
  path = join(directory, `known-${count++}`)
  writeFileSync(path, text(40))
})

/** N lines, some of them the same in all texts. */
function text(lines: number, word = 'line'): string {
  return Array.from({ length: lines }, (_, i) => `${i % 3 === 0 ? 'same' : word} ${i} ${'.'.repeat(30)}\n`).join('')
}

function knowing(network: boolean): KnownFile {
  const file = openKnownFile(path, { network })
  file.know(readFileSync(path).length)
  expect(file.check()).toBe(null)
  expect(file.hasChanged()).toBe(false)
  return file
}

describe.each([false, true])('a known file (network: %s)', (network) => {
  test('reports what happened to its known bytes', () => {
    const bytes = readFileSync(path).length
    const harms: readonly (readonly [() => void, string])[] = [
      [() => truncateSync(path, 0), `it was truncated from ${bytes} to 0 bytes`],
      [() => truncateSync(path, bytes - 1), `it was truncated from ${bytes} to ${bytes - 1} bytes`],
      [() => unlinkSync(path), 'it was removed'],
      [() => replaceBy(text(40, 'else')), 'another file has its name'],
      [() => replaceBy(text(80, 'else')), 'another file has its name'],
      [() => replaceBy(''), 'another file has its name'],
      [() => writeFileSync(path, text(40, 'else')), 'its bytes were replaced by others'],
      [() => writeFileSync(path, text(80, 'else')), 'its bytes were replaced by others'],
    ]
    for (const [harm, says] of harms) {
      rmSync(path, { force: true, recursive: true })
      writeFileSync(path, text(40))
      const file = knowing(network)
      harm()
      expect([file.hasChanged(), file.check()]).toEqual([true, says])
      file.close()
    }
  })

  test('reports no loss for growth and for appends by others', () => {
    const file = knowing(network)
    appendFileSync(path, 'more\n')
    expect([file.hasChanged(), file.check(), file.size]).toEqual([true, null, file.known + 5])
    expect(file.hasChanged()).toBe(false)
    file.close()
  })

  test('is the same file if a copy replaces it, even a longer one; a file that differs anywhere is another', () => {
    const file = knowing(network)
    replaceBy(readFileSync(path, 'utf8'))
    expect([file.hasChanged(), file.check(), file.serial]).toEqual([true, null, 1])
    replaceBy(`${readFileSync(path, 'utf8')}more\n`)
    expect([file.hasChanged(), file.check(), file.size, file.serial]).toEqual([true, null, file.known + 5, 2])
    const first = readFileSync(path, 'utf8')
    replaceBy(`S${first.slice(1)}`)
    expect([file.hasChanged(), file.check()]).toEqual([true, 'another file has its name'])
    file.close()
  })

  test('detects by its name that it was renamed', () => {
    const file = knowing(network)
    renameSync(path, `${path}.away`)
    file.checkName()
    expect([file.hasChanged(), file.check()]).toEqual([true, 'it was removed'])
    copyFileSync(`${path}.away`, path)
    file.checkName()
    expect([file.hasChanged(), file.check()]).toEqual([true, null])
    unlinkSync(path)
    mkdirSync(path)
    file.checkName()
    expect([file.hasChanged(), file.check()]).toEqual([true, 'another file has its name'])
    file.close()
  })

  test('does not report a second hard link', () => {
    const file = knowing(network)
    linkSync(path, `${path}.link`)
    file.checkName()
    expect(file.check()).toBe(null)
    file.close()
  })

  test('forgets its known bytes and continues with the file at the path', () => {
    const file = knowing(network)
    replaceBy('other\n')
    expect(file.check()).toBe('another file has its name')
    file.forget()
    expect([file.known, file.check(), file.size]).toEqual([0, null, 6])
    file.know(6)
    expect(file.check()).toBe(null)
    unlinkSync(path)
    expect(() => file.forget()).toThrow(`cannot read \`${path}\`: no such file or directory (ENOENT)`)
    expect(file.check()).toBe('it was removed')
    file.close()
  })
})

function replaceBy(content: string): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

test('`describeLoss` reports, based on number and tail, whether a file still has the bytes that it once had', () => {
  const file = knowing(false)
  const { known: bytes, tail } = file
  expect(describeLoss(path, { bytes, tail })).toBe(null)
  appendFileSync(path, 'more\n')
  expect(describeLoss(path, { bytes, tail })).toBe(null)
  expect(describeLoss(path, { bytes, tail: null })).toBe(null)
  writeFileSync(path, text(80, 'else'))
  expect(describeLoss(path, { bytes, tail: null })).toBe(null)
  expect(describeLoss(path, { bytes, tail })).toBe('its bytes were replaced by others')
  truncateSync(path, 3)
  expect(describeLoss(path, { bytes, tail })).toBe(`it was truncated from ${bytes} to 3 bytes`)
  unlinkSync(path)
  expect(describeLoss(path, { bytes, tail })).toBe('it was removed')
  expect(describeLoss(path, { bytes: 0, tail: null })).toBe(null)
  file.close()
})
