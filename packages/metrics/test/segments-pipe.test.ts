import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadHistory } from '../src/node/history/saved-history.ts'
import { temporaryDirectory } from './directory.ts'

test('an index that is a pipe is not read', () => {
  const root = temporaryDirectory()
  expect(spawnSync('mkfifo', [join(root, 'index.json')]).status).toBe(0)
  expect(loadHistory(root)).toBe(undefined)
})
