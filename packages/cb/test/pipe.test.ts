import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRun } from './support.ts'

test('a pipe is refused in one line and does not block', () => {
  const run = openRun()
  execFileSync('mkfifo', [join(run.dir, 'pipe.mjs')])
  run.load('pipe', 'pipe.mjs', 'A')
  run.step(0)
  expect(run.last()).toMatchObject({
    decision: 'failed',
    error: `\`${join(run.dir, 'pipe.mjs')}\` is not an ordinary file`,
  })
})
