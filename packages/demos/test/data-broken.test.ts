import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

const dir = mkdtempSync(join(tmpdir(), 'hotcb-data-'))
afterAll(() => removeDirectory(dir))
const file = join(dir, 'digits.csv.gz')
const href = pathToFileURL(file).href

// The module caches the digits.
beforeEach(() => {
  vi.resetModules()
  vi.doMock('../src/digits-file.ts', () => ({ DIGITS_FILE: pathToFileURL(file) }))
})

async function load() {
  const { loadDigits } = await import('../src/digits/data.ts')
  return loadDigits()
}

const row = (first: number | string, label: number | string): string => [first, ...Array(63).fill(16), label].join(',')

/** Returns a file in which all rows are valid, except those given. */
function write(wrong: Readonly<Record<number, string>> = {}, count = 1797): void {
  const rows = Array.from({ length: count }, (_, at) => wrong[at] ?? row(at % 17, at % 10))
  writeFileSync(file, gzipSync(`${rows.join('\n')}\n`))
}

test('valid digits are split, each image with its label', async () => {
  write()
  const { train, test } = await load()
  expect([train.count, test.count]).toEqual([1437, 360])
  const pairs = [train, test].flatMap(({ labels, images }) =>
    [...labels].map((label, at) => `${(images[at * 64] ?? 0) * 16} ${label}`),
  )
  expect(pairs.sort()).toEqual(Array.from({ length: 1797 }, (_, at) => `${at % 17} ${at % 10}`).sort())
  expect(train.images[1]).toBe(1)
})

test('a missing file is reported with its path and how to restore it', async () => {
  rmSync(file, { force: true })
  await expect(load()).rejects.toMatchObject({
    ...{ name: 'DemoError', code: 'bad-data', cause: { code: 'ENOENT' } },
    message: `cannot read the digits at ${href}; install \`@hotcb/demos\` again`,
  })
})

test.each<[string, string]>([
  ['too few columns', Array(64).fill(1).join()],
  ['too many columns', Array(66).fill(1).join()],
  ['a fraction', row(0.5, 1)],
  ['a negative pixel', row(-1, 1)],
  ['a pixel that is too bright', row(17, 1)],
  ['a label that is not a digit', row(1, 10)],
  ['a word', row('one', 1)],
])('a row with %s is reported by its number', async (_, text) => {
  write({ 41: text })
  await expect(load()).rejects.toMatchObject({
    code: 'bad-data',
    message: `the digits at ${href} have a bad row 42, expected 1797 rows of 65 integers`,
  })
})

test.each([1796, 1798])('a file with %i rows is reported with that number', async (count) => {
  write({}, count)
  await expect(load()).rejects.toMatchObject({
    code: 'bad-data',
    message: `the digits at ${href} have ${count} rows, expected 1797 rows of 65 integers`,
  })
})

test('the first row can be the bad one', async () => {
  write({ 0: '' }, 1797)
  await expect(load()).rejects.toThrow('have a bad row 1, expected')
})
