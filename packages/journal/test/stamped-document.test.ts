import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
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

test('a document that cannot be read causes a one-line error', async () => {
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

test('a document is read only within the given directories, or anywhere if none are given', async () => {
  const outside = join(directory, 'outside')
  const inside = join(directory, 'inside')
  mkdirSync(inside)
  writeFileSync(outside, '{}')
  symlinkSync(outside, join(inside, 'link'))
  const within = [realpathSync(inside)]
  const refusal = /it is a link out of the served directories/
  expect(() => readStampedDocument(join(inside, 'link'), { within })).toThrow(refusal)
  await expect(readStampedDocumentAsync(join(inside, 'link'), { within })).rejects.toThrow(refusal)
  expect(readStampedDocument(join(inside, 'link'))?.text).toBe('{}')
  expect(await readStampedDocumentAsync(join(inside, 'none'), { within })).toBe(null)
  expect(() => readStampedDocument(outside, { maxBytes: 1 })).toThrow('it is larger than 1 bytes')
})
