import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDocument } from '../src/index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-pipe-'))
  path = join(directory, 'd.json')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a pipe is read to its end', () => {
  execFileSync('mkfifo', [path])
  const writer = spawn('sh', ['-c', `printf '{"a":%s}' 1 > "${path}"`])
  expect(readDocument(path)).toEqual({ text: '{"a":1}' })
  writer.kill()
})
