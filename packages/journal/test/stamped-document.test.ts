import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readStampedDocument, readStampedDocumentAsync, replaceDocument } from '../src/index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-stamped-'))
  path = join(directory, 'd.json')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a document has a different stamp after every write', async () => {
  expect([readStampedDocument(path), await readStampedDocumentAsync(path)]).toEqual([null, null])
  replaceDocument(path, '\uFEFF{"ü":1}')
  const first = readStampedDocument(path)
  expect(first).toEqual({ text: '{"ü":1}', stamp: expect.any(String), modifiedMs: expect.any(Number) })
  expect(Math.abs((first?.modifiedMs ?? 0) - statSync(path).mtimeMs)).toBeLessThan(1)
  expect(await readStampedDocumentAsync(path)).toEqual(first)
  expect(await readStampedDocumentAsync(path, { known: first?.stamp ?? '' })).toBe('same')
  replaceDocument(path, '{"ü":2}')
  const second = await readStampedDocumentAsync(path, { known: first?.stamp ?? '' })
  expect(second).toMatchObject({ text: '{"ü":2}' })
  expect(readStampedDocument(path)?.stamp).not.toBe(first?.stamp)
})

test('a document that cannot be read gives a one-line error', async () => {
  mkdirSync(path)
  const refusal = `cannot read \`${path}\`: it is a directory`
  expect(() => readStampedDocument(path)).toThrow(refusal)
  await expect(readStampedDocumentAsync(path)).rejects.toThrow(refusal)
  const large = join(directory, 'large')
  writeFileSync(large, '12345')
  await expect(readStampedDocumentAsync(large, { maxBytes: 4 })).rejects.toMatchObject({
    code: 'too-large',
    message: `cannot read \`${large}\`: it is larger than 4 bytes`,
  })
})

test('the path is checked before it is opened', async () => {
  writeFileSync(path, '{}')
  const confine = async (given: string): Promise<string | undefined> => {
    if (given === path) throw new Error('it leads out')
    return undefined
  }
  await expect(readStampedDocumentAsync(path, { confine })).rejects.toThrow('it leads out')
  expect(await readStampedDocumentAsync(join(directory, 'other'), { confine })).toBe(null)
})
