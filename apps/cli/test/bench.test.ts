import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { buildPrograms, HOTCB } from './built-program.ts'

beforeAll(buildPrograms)

test.each([
  ['run --jobs 99999', '`--jobs` must be at most'],
  ['run --part 3/2', '`--part` must be an index and a count, such as 0/4 to 3/4, got "3/2"'],
  ['run --ai-model gpt --arms rules', '`--ai-model` needs an arm with a language model'],
  [`run --tasks good --out ${import.meta.filename}`, 'cannot be created'],
  ['run --tasks hihg', '`--tasks hihg` is unknown; choose from good'],
  [
    'eval --data cifar10=nowhere',
    'hotcb_bridge: not installed|torch: not installed|the directory .* does not exist|cannot be used',
  ],
])('hotcb bench %s is rejected with a one-line message, and nothing is written', (line, says) => {
  const cwd = mkdtempSync(join(tmpdir(), 'hotcb-bench-cli-'))
  onTestFinished(() => removeDirectory(cwd))
  const { status, stdout, stderr } = spawnSync(process.execPath, [HOTCB, 'bench', ...line.split(' ')], {
    cwd,
    encoding: 'utf8',
  })
  expect([stdout, status === 0]).toEqual(['', false])
  expect(stderr).toMatch(new RegExp(says.replaceAll('`', '\\x60')))
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(readdirSync(cwd)).toEqual([])
})
