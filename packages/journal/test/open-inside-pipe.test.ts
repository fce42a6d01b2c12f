import { execFileSync } from 'node:child_process'
import { constants, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openInside, openInsideAsync, replaceDocument } from '../src/index.ts'

let directory: string
let pipe: string
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'journal-inside-pipe-')))
  pipe = join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a pipe inside is rejected without waiting for it', async () => {
  const within = [directory]
  const options = { flags: constants.O_RDONLY, within, doing: 'cannot read it' }
  const refusal = 'cannot read it: it is not a regular file'
  expect(() => openInside(pipe, options)).toThrow(refusal)
  await expect(openInsideAsync(pipe, options)).rejects.toThrow(refusal)
  expect(() => replaceDocument(pipe, 'x', { within })).toThrow('it is not a regular file')
})
