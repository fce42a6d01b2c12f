import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runDemo } from '../src/index.ts'
import { buildPrograms } from './kill/programs.ts'
import { startDemo, until } from './ranks/running.ts'
import { command, document, ledger, metrics, paper, temporaryDir } from './run-support.ts'

const SILENT = { json: true, screen: paper() }
const SLOWER = { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 30 } }
const SMOOTHER = { cid: 'b', module: 'loss', op: 'set_params', params: { label_smoothing_w: 0.2 }, at: { step: 55 } }

let program: string
beforeAll(async () => {
  program = (await buildPrograms()).ranks
})

const weightsOf = (dir: string): unknown => document(dir, 'hotcb.run.json')['weights_sha256']
const stepsOf = (dir: string): number[] => metrics(dir).map(({ step }) => step)
const checkpointsOf = (dir: string): string[] => readdirSync(join(dir, 'hotcb.checkpoints')).sort()

async function uninterrupted(): Promise<unknown> {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER)
  await runDemo({ dir, maxSteps: 80, ...SILENT })
  return weightsOf(dir)
}

test('a stop command at any moment saves a checkpoint at the step where the run ends', async () => {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER)
  const running = startDemo(program, { dir, maxSteps: 80, stepDelaySeconds: 0.2 })
  await running.said(/^ *16 of 80 done/m)
  command(dir, { cid: 'd', module: 'core', op: 'stop' })
  const { code, text } = await running.ended
  const [, step] = /^Stopped at step (\d+): /m.exec(text) ?? []
  expect({ code, checkpoints: checkpointsOf(dir) }).toEqual({ code: 0, checkpoints: [`step-${step}`] })
  await runDemo({ dir, continue: true, stepDelaySeconds: 0, ...SILENT })
  expect(stepsOf(dir)).toEqual([...Array(80).keys()])
  expect(weightsOf(dir)).toBe(await uninterrupted())
})

test('a killed run continues from its newest checkpoint, and prints which steps it repeats', async () => {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER)
  const running = startDemo(program, { dir, maxSteps: 80, stepDelaySeconds: 0.25, checkpointEvery: 50 })
  await running.said(/^ *56 of 80 done/m)
  await until(() => Number(stepsOf(dir).at(-1)) > 50)
  running.process.kill('SIGKILL')
  await running.ended
  const last = stepsOf(dir).at(-1)
  const screen = paper()
  await runDemo({ dir, continue: true, stepDelaySeconds: 0, screen })
  expect(screen.text()).toContain(`Continuing from checkpoint step-50. Steps 50 to ${last} will be repeated.\n`)
  expect(weightsOf(dir)).toBe(await uninterrupted())
  expect(ledger(dir).filter((line) => line.of !== null)).toMatchObject([{ step: 55, source: 'history' }])
})

test('a live run is only taken over on request, and then both processes are named', async () => {
  const dir = temporaryDir()
  const running = startDemo(program, { dir, maxSteps: 100_000, stepDelaySeconds: 0.005, checkpointEvery: 10 })
  await until(() => existsSync(join(dir, 'hotcb.checkpoints/step-20')))
  const owner = `process ${running.process.pid} on ${hostname()}`
  await expect(runDemo({ dir, continue: true, command: 'hotcb', ...SILENT })).rejects.toThrow(
    `\`${dir}\` is being trained by ${owner}: stop it with \`hotcb --dir ${dir} stop\`, or take the run over with \`hotcb demo --dir ${dir} --continue --take-over\``,
  )
  const other = startDemo(program, { dir, continue: true, takeOver: true, command: 'hotcb' })
  await other.said(new RegExp(`^Taking over from ${owner}, which can no longer write to \`.*\`\\.$`, 'm'))
  const { code, text } = await running.ended
  expect(code).toBe(1)
  expect(text).toContain(
    `process ${other.process.pid} on ${hostname()} has taken over \`${dir}\`: this process stops\n`,
  )
  await other.said(/^Training a network/m)
  other.process.kill('SIGINT')
  expect((await other.ended).code).toBe(130)
  const steps = new Set(stepsOf(dir))
  expect([...steps]).toEqual([...Array(steps.size).keys()])
})

test('if two processes start in the same directory at the same time, the second is refused', async () => {
  const dir = temporaryDir()
  const running = startDemo(program, { dir, maxSteps: 100_000, stepDelaySeconds: 0.005 })
  await until(() => existsSync(join(dir, 'hotcb.state.json')))
  await expect(runDemo({ dir, maxSteps: 5, command: 'hotcb', ...SILENT })).rejects.toThrow(
    `\`${dir}\` is being trained by process ${running.process.pid} on `,
  )
  running.process.kill('SIGKILL')
  await running.ended
})
