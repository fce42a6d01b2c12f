import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cacheDirectories, makeCacheDirectory } from '../src/node/history/cache-directory.ts'
import { temporaryDirectory } from './directory.ts'

test('a cache next to a file is only used within the allowed folders, and a link there creates nothing elsewhere', () => {
  const [allowed, elsewhere, user] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()]
  const within = [allowed]
  const path = join(allowed, 'hotcb.metrics.jsonl')
  const beside = join(allowed, '.hotcb-cache', 'hotcb.metrics.jsonl')
  const [, own = ''] = cacheDirectories(path, user)
  // It is missing, so it contains no cache.
  expect(cacheDirectories(path, user, within)).toEqual([own])
  expect(makeCacheDirectory(path, user, within)).toBe(beside)
  expect(cacheDirectories(path, user, within)).toEqual([beside, own])
  expect(cacheDirectories(path, user, [elsewhere])).toEqual([own])

  const linked = join(allowed, 'linked')
  mkdirSync(linked)
  symlinkSync(elsewhere, join(linked, '.hotcb-cache'))
  const other = join(linked, 'hotcb.metrics.jsonl')
  expect(makeCacheDirectory(other, user, within)).toBe(cacheDirectories(other, user)[1])
  expect(existsSync(join(elsewhere, 'hotcb.metrics.jsonl'))).toBe(false)
  mkdirSync(join(elsewhere, 'hotcb.metrics.jsonl'))
  expect(cacheDirectories(other, user, within)).toHaveLength(1)
  // Without a limit the link is followed.
  expect(makeCacheDirectory(other, user)).toBe(join(linked, '.hotcb-cache', 'hotcb.metrics.jsonl'))
})

test('a cache whose last folder is a link to a place that is not allowed is not used', () => {
  const [allowed, elsewhere, user] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()]
  mkdirSync(join(allowed, '.hotcb-cache'))
  symlinkSync(elsewhere, join(allowed, '.hotcb-cache', 'hotcb.metrics.jsonl'))
  const path = join(allowed, 'hotcb.metrics.jsonl')
  expect(makeCacheDirectory(path, user, [allowed])).toBe(cacheDirectories(path, user)[1])
  expect(makeCacheDirectory(path, user, [allowed, elsewhere])).toBe(
    join(allowed, '.hotcb-cache', 'hotcb.metrics.jsonl'),
  )
})
