import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ended, HOTCB, linesOf, temporaryDirectory, theirs, until } from './peers.ts'

test('the network that hotcb demo trains is steered by Python’s command line from another process', async () => {
  const dir = temporaryDirectory()
  const args = ['demo', '--dir', dir, '--max-steps', '100000', '--step-delay', '0.005']
  const demo = spawn(process.execPath, [HOTCB, ...args], { cwd: dir })
  onTestFinished(() => void demo.kill('SIGKILL'))
  const end = ended(demo)
  await until(() => existsSync(join(dir, 'hotcb.metrics.jsonl')) && linesOf(dir, 'hotcb.metrics.jsonl').length > 20)
  await theirs(dir, 'set', 'lr=0.01', 'momentum=0.5')
  await theirs(dir, 'freeze', '--mode', 'prod')
  await theirs(dir, 'set', 'lr=0.5')
  const answered = (): Record<string, unknown>[] =>
    linesOf(dir, 'hotcb.applied.jsonl').filter(({ op }) => op === 'set_params')
  await until(() => answered().length === 2)
  await until(() => Number(linesOf(dir, 'hotcb.metrics.jsonl').at(-1)?.['step']) > Number(answered()[1]?.['step']) + 5)
  expect(answered()).toMatchObject([
    { source: 'external', decision: 'applied', payload: { lr: 0.01, momentum: 0.5 }, old: { lr: 0.05 } },
    { decision: 'ignored_freeze' },
  ])
  demo.kill('SIGINT')
  expect(await end).toMatchObject({ code: 130 })
  // The metrics of a step contain the rate with which it was trained.
  const step = Number(answered()[0]?.['step'])
  const rates = linesOf(dir, 'hotcb.metrics.jsonl').map(({ step: at, metrics }) => [at, rateOf(metrics)])
  expect(rates.filter(([at, rate]) => rate !== (Number(at) <= step ? 0.05 : 0.01))).toEqual([])
})

function rateOf(metrics: unknown): unknown {
  return (metrics as Record<string, unknown>)['lr']
}
