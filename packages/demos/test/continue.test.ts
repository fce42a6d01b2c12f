import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runDemo } from '../src/index.ts'
import { buildPrograms } from './kill/programs.ts'
import { startDemo, until } from './ranks/running.ts'
import { command, document, ledger, metrics, paper, temporaryDir } from './run-support.ts'

const SILENT = { json: true, screen: paper() }
const SLOWER = { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 30 } }
const SMOOTHER = { cid: 'b', module: 'loss', op: 'set_params', params: { label_smoothing_w: 0.2 }, at: { step: 55 } }
const STOP = { cid: 'c', module: 'core', op: 'stop', at: { step: 57 } }

async function uninterrupted(): Promise<unknown> {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER)
  await runDemo({ dir, maxSteps: 80, ...SILENT })
  return document(dir, 'hotcb.run.json')['weights_sha256']
}

test('a run that goes on from its last checkpoint ends with the weights of one that was never stopped', async () => {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER, STOP)
  await runDemo({ dir, maxSteps: 80, checkpointEvery: 25, ...SILENT })
  expect(document(dir, 'hotcb.run.json')).toMatchObject({ stopped_early: true })
  await runDemo({ dir, continue: true, checkpointEvery: 25, ...SILENT })
  expect(document(dir, 'hotcb.run.json')).toMatchObject({
    stopped_early: false,
    max_steps: 80,
    weights_sha256: await uninterrupted(),
  })
  expect(ledger(dir).filter((line) => line.of !== null)).toMatchObject([{ step: 55, source: 'history' }])
})

test('a run without a checkpoint goes on from nothing, with all of its changes again', async () => {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER, STOP)
  await runDemo({ dir, maxSteps: 80, ...SILENT })
  await runDemo({ dir, continue: true, ...SILENT })
  expect(document(dir, 'hotcb.run.json')['weights_sha256']).toBe(await uninterrupted())
  expect(ledger(dir).filter((line) => line.of !== null)).toMatchObject([{ step: 30 }, { step: 55 }])
})

test('three checkpoints are kept, the last one at the end', async () => {
  const dir = temporaryDir()
  await runDemo({ dir, maxSteps: 55, checkpointEvery: 10, ...SILENT })
  expect(readdirSync(join(dir, 'hotcb.checkpoints')).sort()).toEqual(['step-40', 'step-50', 'step-55'])
})

test('a finished run says so, and nothing is trained; more steps take it up again', async () => {
  const dir = temporaryDir()
  const screen = paper()
  await runDemo({ dir, maxSteps: 20, checkpointEvery: 20, ...SILENT })
  expect(await runDemo({ dir, continue: true, screen })).toBe(0)
  expect(screen.text()).toMatch(/^Finished before: /)
  expect(metrics(dir)).toHaveLength(20)
  await runDemo({ dir, continue: true, maxSteps: 25, ...SILENT })
  expect(
    metrics(dir)
      .map(({ step }) => step)
      .slice(20),
  ).toEqual([20, 21, 22, 23, 24])
})

test('a checkpoint that a command loads takes the loop back', async () => {
  const dir = temporaryDir()
  command(dir, { cid: 'a', module: 'core', op: 'checkpoint', params: { action: 'load' }, at: { step: 15 } })
  await runDemo({ dir, maxSteps: 20, checkpointEvery: 10, ...SILENT })
  const steps = metrics(dir).map(({ step }) => step)
  expect(steps).toEqual([...Array(15).keys(), 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
  const plain = temporaryDir()
  await runDemo({ dir: plain, maxSteps: 20, ...SILENT })
  const [again, once] = [dir, plain].map((run) => document(run, 'hotcb.run.json')['weights_sha256'])
  expect(again).toBe(once)
})

test('the run that is continued keeps its seed', async () => {
  const dir = temporaryDir()
  command(dir, STOP)
  await runDemo({ dir, seed: 5, ...SILENT })
  await expect(runDemo({ dir, seed: 6, continue: true, ...SILENT })).rejects.toThrow(
    'the run to continue has seed 5, got 6',
  )
})

test('what is to be continued and was never begun, begins', async () => {
  const dir = join(temporaryDir(), 'run')
  expect(await runDemo({ dir, continue: true, maxSteps: 5, ...SILENT })).toBe(0)
  expect(metrics(dir)).toHaveLength(5)
})

test('a run that another process still trains is not taken away from it', async () => {
  const dir = temporaryDir()
  const program = (await buildPrograms()).ranks
  const running = startDemo(program, { dir, maxSteps: 100_000, stepDelay: 0.005 })
  await until(() => existsSync(join(dir, 'hotcb.metrics.jsonl')))
  await expect(runDemo({ dir, continue: true, maxSteps: 100_001, command: 'hotcb', ...SILENT })).rejects.toThrow(
    `\`${dir}\` is still being trained by process ${running.process.pid} on ${hostname()}: end that first with \`hotcb --dir ${dir} stop\``,
  )
  running.process.kill('SIGKILL')
  await running.ended
  const steps = metrics(dir).length
  expect(await runDemo({ dir, continue: true, maxSteps: steps + 5, ...SILENT })).toBe(0)
})
