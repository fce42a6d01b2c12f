import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cacheDirectories, makeCacheDirectory } from '../src/node/history/cache-directory.ts'
import { loadHistory } from '../src/node/history/saved-history.ts'
import { Segments } from '../src/node/history/segments.ts'

let root: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'hotcb-segments-')))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

test('an index cannot name a file outside its directory', () => {
  const cache = join(root, 'cache')
  mkdirSync(cache)
  writeFileSync(join(root, '0123456789ab.columns'), 'secret')
  symlinkSync(join(root, '0123456789ab.columns'), join(cache, '0123456789ab.columns'))
  const segments = new Segments(cache)
  expect(() => segments.add('../0123456789ab.columns', 6)).toThrow('is not the name of a segment')
  expect(() => segments.add('0123456789ab.columns', 6)).toThrow('is a link out of')
  segments.close()
})

test('an index that claims more records than exist is not read', () => {
  writeFileSync(join(root, 'index.json'), JSON.stringify({ version: 2, segments: [], records: 1e15 }))
  expect(loadHistory(root)).toBe(undefined)
})

test('a cache next to a run is neither created nor read through a link that leads outside', () => {
  const [run, outside, own] = ['run', 'outside', 'own'].map((name) => join(root, name)) as [string, string, string]
  for (const dir of [run, outside, own]) mkdirSync(dir)
  symlinkSync(outside, join(run, '.hotcb-cache'))
  const path = join(run, 'hotcb.metrics.jsonl')
  expect(makeCacheDirectory(path, own, [run])).toMatch(own)
  expect(cacheDirectories(path, own, [run])).toHaveLength(1)
  expect(readdirSync(outside)).toEqual([])
})
