import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { buildProgram, plainEnv } from './program.ts'

const LR =
  '{"at":{"step":40,"event":"train_step_end","call":0},"module":"opt","op":"set_params","id":"main","params":{"lr":0.01},"seq":2}\n'

test('`recipe validate -` checks standard input', () => {
  const piped = spawnSync(process.execPath, [buildProgram(), 'recipe', 'validate', '-', '--json'], {
    input: `${LR}{}\n`,
    env: plainEnv(),
    encoding: 'utf8',
  })
  expect({ code: piped.status, ...JSON.parse(piped.stdout) }).toEqual({
    code: 1,
    valid: false,
    file: 'stdin',
    entries: 1,
    against: null,
    problems: [{ file: 'stdin', line: 2, reason: '`at` is missing: expected an object' }],
  })
})
