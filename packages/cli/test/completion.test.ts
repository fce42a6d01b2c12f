import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { newRun } from './completed-run.ts'
import { buildProgram, hotcb, plainEnv, temporaryDirectory } from './program.ts'

beforeAll(() => {
  buildProgram()
})

describe('bash, with its completion script', () => {
  test.each<[string, string[]]>([
    ['hotcb wat', ['watch ']],
    ['hotcb --dir RUN set l', ['lr=']],
    ['hotcb --dir RUN set lr=', ['0.1 ']],
    ['hotcb --dir RUN set kind=', ['a ', 'b ']],
    ['hotcb freeze --mode=p', ['prod ']],
    ['hotcb --dir RUN enable dis', ['distill ']],
    ['herd stat', ['status ', 'stats ']],
    ['herd run --executor l', ['local ']],
  ])('%s', async (typed, replies) => {
    const dir = temporaryDirectory()
    symlinkSync(process.execPath, join(dir, 'node'))
    writeFileSync(join(dir, 'hotcb'), `#!/bin/sh\nexec '${process.execPath}' '${buildProgram()}' "$@"\n`, {
      mode: 0o755,
    })
    const { out: script } = await hotcb(['completion', 'bash'])
    const line = typed.replace('RUN', newRun())
    // bash splits a line at blanks, and treats `=` as a separate word.
    const words = line.split(/(=)| /).filter((word) => word !== undefined && word !== '')
    const set = words.map((word) => `'${word}'`).join(' ')
    const program = `${script}
COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDS=(${set}) COMP_CWORD=${words.length - 1}
_hotcb
printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', program], {
      encoding: 'utf8',
      env: { ...plainEnv(), PATH: `${dir}:${process.env['PATH']}` },
    })
    expect({ stdout: stdout.split('\n').filter(Boolean), stderr }).toEqual({ stdout: replies, stderr: '' })
  })
})

test('every shell has a script, and an unknown one is refused', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    expect((await hotcb(['completion', shell])).out).toContain('hotcb __complete -- ')
  }
  expect(await hotcb(['completion', 'csh'])).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: SHELL must be one of bash, zsh, fish, got "csh"\n',
  })
})
