import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  cacheDirectories,
  clearHistoryCache,
  historyCacheDirectory,
  makeCacheDirectory,
} from '../src/node/history/cache-directory.ts'
import { temporaryDirectory } from './directory.ts'

test.each([
  { platform: 'linux', xdg: '/x', local: '/l', base: '/x' },
  { platform: 'linux', xdg: '', local: '/l', base: join(homedir(), '.cache') },
  { platform: 'win32', xdg: '', local: '/l', base: '/l' },
  { platform: 'win32', xdg: '', local: '', base: join(homedir(), '.cache') },
  { platform: 'darwin', xdg: '', local: '/l', base: join(homedir(), 'Library', 'Caches') },
])('on $platform with XDG_CACHE_HOME "$xdg" and LOCALAPPDATA "$local" caches are in $base', (where) => {
  const { platform, xdg, local, base } = where
  vi.stubEnv('XDG_CACHE_HOME', xdg)
  vi.stubEnv('LOCALAPPDATA', local)
  const before = process.platform
  Object.defineProperty(process, 'platform', { value: platform })
  onTestFinished(() => {
    Object.defineProperty(process, 'platform', { value: before })
    vi.unstubAllEnvs()
  })
  expect(historyCacheDirectory()).toBe(join(base, 'hotcb', 'history'))
})

test('clearing a cache deletes it and returns the total size of its files at every depth, 0 for a missing cache', () => {
  const directory = join(temporaryDirectory(), 'cache')
  expect(clearHistoryCache(directory)).toBe(0)
  mkdirSync(join(directory, 'a', 'b'), { recursive: true })
  writeFileSync(join(directory, 'one'), 'x'.repeat(7))
  writeFileSync(join(directory, 'a', 'b', 'two'), 'x'.repeat(5))
  expect(clearHistoryCache(directory)).toBe(12)
  expect(existsSync(directory)).toBe(false)
})

test('a cache is next to its file, or else in the user\u2019s directory under a hash of the path, or else nowhere', () => {
  const root = temporaryDirectory()
  const path = join(root, 'run', 'hotcb.metrics.jsonl')
  const user = join(root, 'user')
  const [beside, own, ...more] = cacheDirectories(path, user)
  expect(beside).toBe(join(root, 'run', '.hotcb-cache', 'hotcb.metrics.jsonl'))
  expect(dirname(own ?? '')).toBe(user)
  expect(own).toMatch(/[/\\][0-9a-f]{16}$/)
  expect(more).toEqual([])
  expect(cacheDirectories(`${path}2`, user)[1]).not.toBe(own)
  expect(makeCacheDirectory(path, user)).toBe(beside)
  expect([existsSync(beside ?? ''), existsSync(user)]).toEqual([true, false])
  const other = join(root, 'other', 'hotcb.metrics.jsonl')
  mkdirSync(dirname(other))
  writeFileSync(join(root, 'other', '.hotcb-cache'), '')
  expect(makeCacheDirectory(other, user)).toBe(cacheDirectories(other, user)[1])
  writeFileSync(join(root, 'file'), '')
  expect(makeCacheDirectory(other, join(root, 'file'))).toBeUndefined()
})
