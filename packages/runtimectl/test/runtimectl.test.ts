import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, runProgram, start, usePrograms } from './program.ts'
import { temporaryFolder } from './queue.ts'

usePrograms('runtimectl', 'trainer')

test('`--wait` prints the ack of a real trainer, and returns the outcome as its exit code', async () => {
  const dir = temporaryFolder()
  const queue = join(dir, 'queue')
  const trainer = start('trainer', [queue, join(dir, 'checkpoint.json')])
  const over = ended(trainer)
  const applied = await runProgram('runtimectl', ['-q', queue, 'add', '1.0', '--wait', '20'])
  const [line = '', ack = ''] = applied.out.split('\n')
  expect(applied).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(ack)).toMatchObject({ id: JSON.parse(line).id, status: 'applied', args: [1] })
  expect(await runProgram('runtimectl', ['-q', queue, 'add', 'x', '--wait=20'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('"status": "failed", "error": "expected a number, got \\"x\\""'),
  })
  expect(await runProgram('runtimectl', ['-q', queue, '--wait', 'nope'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('"status": "rejected", "error": "unknown path: nope"'),
  })
  expect((await runProgram('runtimectl', ['-q', queue, 'stop', '--wait'])).code).toBe(0)
  expect((await over).code).toBe(0)
})

test('the package `hotcb` publishes the program', () => {
  // A package's tests do not require a build. The guides and examples in `test/` run the published program.
  const app = new URL('../../../apps/cli/', import.meta.url)
  const { bin } = JSON.parse(readFileSync(new URL('package.json', app), 'utf8'))
  expect(Object.keys(bin)).toContain('runtimectl')
  expect(readFileSync(new URL(bin.runtimectl, app), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})
