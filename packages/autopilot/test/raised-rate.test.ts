import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createAutopilot } from '../src/index.ts'
import { asked, type KeptLog, keptLog, openTraining, runDir, type Training } from './training.ts'

/** A training run that learns, and whose rate a person sets at step 200. */
function raised(dir: string, log: KeptLog, lr: number, from = 0.1): Training {
  const pilot = createAutopilot({ mode: 'auto', log: log.open, saveEvery: 50, hasDataSkip: true })
  const training = openTraining(dir, { lr: from, modules: [pilot] })
  training.train(200)
  const line = { module: 'opt', op: 'set_params', params: { lr }, cid: 'mine', source: 'cli', author: 'ada' }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(line)}\n`)
  return training
}

const plansOf = ({ lines }: KeptLog) => lines.flatMap(({ kind, data }) => (kind === 'proposed' ? [data?.['plan']] : []))

test('if someone raised the rate after the checkpoint, a rescue restores the earlier rate', () => {
  const [dir, log] = [runDir(), keptLog()]
  const training = raised(dir, log, 5)
  training.train(200)
  training.kernel.close()
  expect(training.lr).toBe(0.1)
  expect(plansOf(log)).toEqual([
    [expect.stringMatching(/^go back to step \d+ /), 'set lr from 5 back to 0.1, its value then'],
  ])
  // The data was not the cause, so none is skipped.
  expect(asked(dir).map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual(['ap-a1-1 core checkpoint'])
})

test('a rate that was raised slightly is halved, like one that was not changed', () => {
  const [dir, log] = [runDir(), keptLog()]
  const training = raised(dir, log, 3, 1.9)
  training.train(300)
  training.kernel.close()
  expect(training.lr).toBe(1.5)
})

test('the rate at a checkpoint is still known after a restart', () => {
  const [dir, log] = [runDir(), keptLog()]
  const first = raised(dir, log, 5)
  // The checkpoint of step 202 is saved at the new rate.
  first.train(3)
  first.kernel.close()
  const pilot = createAutopilot({ mode: 'auto', log: log.open, saveEvery: 50 })
  const second = openTraining(dir, { lr: 0.1, isContinued: true, modules: [pilot] })
  second.train(200)
  second.kernel.close()
  expect(second.lr).toBe(0.1)
  expect(second.lr).toBe(0.1)
  expect(plansOf(log).flat()).toContain('set lr from 5 back to 0.1, its value then')
})
