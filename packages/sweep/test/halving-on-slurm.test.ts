import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { SweepEvent } from '../src/journal/event.ts'
import { tickHalving } from '../src/node/halving-tick.ts'
import { startCluster } from './stand-in-cluster.ts'
import { attemptIn, curve, writtenWorkspace } from './written-workspace.ts'

const YAML = `name: t
launcher: ./l.sh
slurm: {partition: p, max_concurrent: 3}
parameters:
  lr: {type: discrete, values: [0.1, 0.2, 0.3, 0.4]}
objective: {metric: loss, direction: min}
grid: all
`
const HALVING = 'successive_halving: {metric: loss, direction: min, min_steps: 2, budget: 8}\n'
const FOUR = [0.1, 0.2, 0.3, 0.4].map((lr) => ({ lr }))

/** The sweep has three trials on SLURM, with losses 3, 1 and 2 at step 2. */
async function onSlurm(yaml: string, of: (i: number) => readonly SweepEvent[]) {
  const cluster = startCluster()
  onTestFinished(() => cluster.remove())
  const sweep = await writtenWorkspace(yaml, FOUR, ...[0, 1, 2].flatMap((i) => of(i)))
  for (const [i, loss] of [3, 1, 2].entries()) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 9, loss))
  const answers = (name: string, text = ''): void => writeFileSync(join(cluster.root, name), text)
  const calls = (): readonly string[] => {
    const path = join(cluster.root, 'calls')
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  }
  return { ...sweep, answers, calls }
}

const running = (i: number) => attemptIn(i, 'running', {}, 1, 'slurm')

test('a tick is refused while SLURM does not answer, and decides nothing', async () => {
  const { workspace, answers } = await onSlurm(YAML + HALVING, running)
  answers('down')
  const lines = workspace.journal.lines().length
  for (const dryRun of [true, false]) {
    await expect(tickHalving(workspace, { dryRun })).rejects.toMatchObject({
      code: 'unanswered',
      message: 'squeue: slurm_load_jobs error: Unable to contact slurm controller',
    })
  }
  expect(workspace.journal.lines()).toHaveLength(lines)
})

test('a tick records how trials ended, prunes others, and shows both', async () => {
  const { workspace, answers, calls } = await onSlurm(YAML + HALVING, running)
  answers('queue', ['70_0', '71_1'].map((id) => `${id}|RUNNING|None||||n1\n`).join(''))
  answers('accounts', '72_2|COMPLETED|||||n1|\n')
  const dry = await tickHalving(workspace, { dryRun: true })
  expect(dry.steps.map(({ status, action }) => [status, action])).toEqual([['running', 'prune'], ['running', 'none'], ['completed', 'none'], ['ready', 'none']]) // biome-ignore format: pairs
  const before = workspace.journal.lines().length
  const wet = await tickHalving(workspace, { dryRun: false })
  expect([wet.steps, wet.job]).toEqual([dry.steps, null])
  const events = workspace.journal.lines().slice(before).map(({ event }) => event) // biome-ignore format: short
  expect(events.filter(({ type }) => type === 'seen')).toEqual([{ type: 'seen', rows: [[2, 1, 0, 'completed', { node: 'n1' }]] }]) // biome-ignore format: short
  expect(events.filter(({ type }) => type === 'told')).toEqual([{ type: 'told', i: 0, n: 1, what: 'signal' }])
  expect(calls().filter((line) => line.startsWith('sbatch'))).toEqual([])
})

test('a tick submits paused trials that may continue, and shows their job', async () => {
  // A person paused trial 1, so only a person can resume it.
  const why = 'sync at 2: 0 ahead of it, 1 not there yet, keeps 2'
  const paused = (i: number): readonly SweepEvent[] => [
    ...running(i),
    { type: 'wish', trials: [i], want: 'pause', ...(i !== 1 && { why }) },
    { type: 'told', i, n: 1, what: 'signal' },
    { type: 'seen', rows: [[i, 1, 0, 'failed', { code: 143 }]] },
  ]
  const { workspace, answers, calls } = await onSlurm(YAML + HALVING, paused)
  answers('holds')
  const { steps, job, mode, rungs } = await tickHalving(workspace, { dryRun: false, maxConcurrent: 1 })
  expect([mode, rungs, job]).toEqual(['sync', [2, 4, 8], '7000'])
  expect(steps.map(({ status, action }) => `${status} ${action}`)).toEqual(['paused prune', 'paused none', 'paused submit', 'ready none']) // biome-ignore format: short
  const script =
    calls()
      .find((line) => line.startsWith('sbatch'))
      ?.split(' ')
      .at(-1) ?? ''
  expect(readFileSync(script, 'utf8')).toMatch(/^#SBATCH --array=2%1$/m)
})

test('each stage has its own rules, and options add rules to a stage without them', async () => {
  const stages = `stages:\n  a: {${HALVING.trim()}}\n  b:\n`
  const { workspace, write } = await onSlurm(YAML.replace(/slurm.*\n/, '') + stages, () => [])
  const one = (i: number, stage: string) => ({
    i,
    hash: `s${i}`,
    params: { lr: 0.1 },
    extras: {},
    name: `s${i}`,
    stage,
  })
  await write(
    { type: 'plan', trials: [one(0, 'a'), one(1, 'a'), one(2, 'b'), one(3, 'b')] },
    ...[0, 1, 2].flatMap((i) => attemptIn(i, 'running')),
  )
  const verdicts = async (instead?: object) => {
    const { steps, mode } = await tickHalving(workspace, { dryRun: true, ...(instead && { instead }) })
    return [mode, ...steps.map(({ i, verdict, maxStep }) => `${i} ${verdict} ${maxStep}`)]
  }
  expect(await verdicts()).toEqual(['sync', '0 prune 2', '1 promote 2', '2 none null', '3 none null'])
  const rules = { metric: 'loss', direction: 'min', minSteps: 2, budget: 4, mode: 'asha' }
  expect(await verdicts(rules)).toEqual(['asha', '0 prune 2', '1 promote 2', expect.stringMatching(/^2 (promote|none) 2$/), '3 none null']) // biome-ignore format: short
})
