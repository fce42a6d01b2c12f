import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { candidates } from '../src/parse/candidates.ts'
import { control, stateDocument, writeRun } from './answerer.ts'
import { buildProgram, hotcb, plainEnv, temporaryDirectory } from './program.ts'

beforeAll(() => {
  buildProgram()
})

function newRun(): string {
  const dir = temporaryDirectory()
  writeRun(dir, {
    actuators: {
      controls: [
        control('lr', 'optimizer', { label: 'Learning rate', current: 0.1 }),
        control('distill', 'loss'),
        control('terms.aux', 'loss', { type: 'bool', current: true }),
        control('kind', 'net', { choices: ['a', 'b'], current: 'a' }),
      ],
    },
    state: stateDocument({
      modules: { cb: { probe: { loaded: true, enabled: true } } },
      held: [{ cid: '1m81k26kwh0yhe20xdq', writer: null, offset: 0, at: { step: 9 } }],
    }),
  })
  mkdirSync(join(dir, 'hotcb.checkpoints/best'), { recursive: true })
  return dir
}

describe('completion offers', () => {
  test.each<[string, string[]]>([
    ['wat', ['watch']],
    ['op', ['opt']],
    ['opt ', ['set_params', 'enable', 'disable']],
    ['opt dis', ['disable']],
    ['--dir RUN set ', ['lr=', 'distill=', 'terms.aux=', 'kind=']],
    ['--dir RUN set l', ['lr=']],
    ['set --dir RUN lr=', ['lr=0.1']],
    ['--dir RUN set terms.aux=', ['terms.aux=true', 'terms.aux=false']],
    ['--dir RUN set kind=', ['kind=a', 'kind=b']],
    ['--dir RUN set lr=1 --exp', ['--expect', '--expires']],
    ['--dir RUN set lr=1 --expect ', ['lr=', 'distill=', 'terms.aux=', 'kind=']],
    ['--dir RUN set lr=1 --expect=l', ['--expect=lr=']],
    ['--dir RUN set lr=1 --at ', ['step=']],
    ['--dir RUN set lr=1 --wait ', ['lr=', 'distill=', 'terms.aux=', 'kind=']],
    ['--dir RUN set lr=1 --no-', ['--no-wait', '--no-color']],
    ['--dir RUN enable d', ['distill']],
    ['--dir RUN enable distill ', []],
    ['--dir RUN enable pro', ['probe']],
    ['--dir RUN cb disable ', ['probe']],
    ['--dir RUN opt disable l', ['lr']],
    ['--dir RUN cancel ', ['1m81k26kwh0yhe20xdq']],
    ['--dir RUN checkpoint ', ['save', 'load', 'drop', 'branch', 'list']],
    ['--dir RUN checkpoint --note x ', ['save', 'load', 'drop', 'branch']],
    ['--dir RUN checkpoint drop ', ['best']],
    ['--dir RUN checkpoint load ', ['best']],
    ['--dir RUN log --key t', ['terms.aux']],
    ['freeze --mode ', ['off', 'prod', 'replay', 'replay_adjusted']],
    ['freeze --mode=p', ['--mode=prod']],
    ['log --outcome re', ['rejected', 'refused']],
    ['freeze --policy ', ['best_effort', 'strict']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['set l', ['lr=']],
    ['nonsense ', []],
    ['tune ', ['enable', 'disable', 'set', 'status', 'why', 'accept', 'reject', 'export-recipe']],
    ['launch ', []],
    ['swe', ['sweep']],
    ['sweep sta', ['status', 'stats']],
    ['sweep run --executor ', ['local', 'slurm', 'gridengine']],
  ])('hotcb %s', async (line, words) => {
    const found = await candidates(line.replace('RUN', newRun()).split(' '))
    expect(found.map(({ word }) => word)).toEqual(words)
  })

  test('a directory after `--dir`', async () => {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, 'runs/exp-001'), { recursive: true })
    writeFileSync(join(dir, 'runs/file'), '')
    const found = await candidates(['--dir', `${dir}/runs/`])
    expect(found.map(({ word }) => word)).toEqual([`${dir}/runs/exp-001/`])
    const files = await candidates(['cb', 'load', 'x', '--file', `${dir}/runs/`])
    expect(files.map(({ word }) => word).sort()).toEqual([`${dir}/runs/exp-001/`, `${dir}/runs/file`])
    const joined = await candidates(['set', `--dir=${dir}/ru`])
    expect(joined.map(({ word }) => word)).toEqual([`--dir=${dir}/runs/`])
  })
})

test('candidates have descriptions', async () => {
  const { out } = await hotcb(['__complete', '--', '--dir', newRun(), 'set', 'l'])
  expect(out).toBe('lr=\tLearning rate, 0.1, 0 … 10\n')
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
    // bash splits a line at blanks, and `=` is its own word.
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
