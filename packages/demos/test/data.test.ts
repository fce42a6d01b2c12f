import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadDigits } from '../src/digits/data.ts'
import { DIGITS_FILE } from '../src/digits-file.ts'

test('1,437 images are for training and 360 for testing, and together they are the whole data set', () => {
  const { train, test } = loadDigits()
  const digits = Array.from(
    { length: 10 },
    (_, digit) => [...train.labels, ...test.labels].filter((l) => l === digit).length,
  )
  expect([train.count, test.count]).toEqual([1437, 360])
  expect([train.images.length, test.images.length]).toEqual([1437 * 64, 360 * 64])
  // The counts that the documentation of the data set gives for its test part.
  expect(digits).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
})

test('pixels are brightness values from 0 to 1 in sixteenths', () => {
  const { train, test } = loadDigits()
  const values = new Set([...train.images, ...test.images])
  expect([...values].sort((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, level) => level / 16))
})

test('the test part contains every digit about equally often', () => {
  const counts = Array.from({ length: 10 }, (_, digit) => loadDigits().test.labels.filter((l) => l === digit).length)
  expect(Math.min(...counts)).toBeGreaterThan(20)
})

test('the package includes the data and its licence', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(manifest).toMatchObject({ files: expect.arrayContaining(['dist', 'data']) })
  expect(existsSync(DIGITS_FILE)).toBe(true)
  expect(readFileSync(new URL('./README.md', DIGITS_FILE), 'utf8')).toContain('10.24432/C50P49')
})
