import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { searched } from './searched.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

test('the program prints results to standard output, and an error in one line to standard error', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-program-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const run = (...args: string[]) => {
    const loader = join(ROOT, 'scripts/typescript-loader.mjs')
    const program = join(ROOT, 'packages/hyperopt-ts/src/bin.ts')
    const flags = ['--conditions=@hotcb/source', '--import', loader, program]
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, ...args], {
      encoding: 'utf8',
      cwd: directory,
    })
    return { status, stdout, stderr }
  }
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^hyperopt-ts: /), stderr: '' })
  expect(run('show', 'a\u001b[1mb')).toEqual({
    status: 1,
    stdout: '',
    stderr: 'hyperopt-ts: no file `a\uFFFD[1mb`\n',
  })
  writeFileSync(join(directory, 'study.json'), JSON.stringify(searched()))
  expect(run('plot', 'study.json', 'slice')).toEqual({ status: 0, stdout: 'plots/slice.svg\n', stderr: '' })
  expect(readdirSync(join(directory, 'plots'))).toEqual(['slice.svg'])
})
