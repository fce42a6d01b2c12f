import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runDemo } from '../src/index.ts'
import { command, document, ledger, metrics, paper, temporaryDir } from './run-support.ts'

const SILENT = { json: true, screen: paper() }
const SLOWER = { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 30 } }
const SMOOTHER = { cid: 'b', module: 'loss', op: 'set_params', params: { label_smoothing_w: 0.2 }, at: { step: 55 } }
const STOP = { cid: 'c', module: 'core', op: 'stop', at: { step: 57 } }

const weightsOf = (dir: string): unknown => document(dir, 'hotcb.run.json')['weights_sha256']
const stepsOf = (dir: string): number[] => metrics(dir).map(({ step }) => step)
const checkpointsOf = (dir: string): string[] => readdirSync(join(dir, 'hotcb.checkpoints')).sort()

async function uninterrupted(): Promise<unknown> {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER)
  await runDemo({ dir, maxSteps: 80, ...SILENT })
  return weightsOf(dir)
}

test('a stopped run continues where it stopped, and ends with the weights of one that was never stopped', async () => {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER, STOP)
  const [stopped, continued] = [paper(), paper()]
  await runDemo({ dir, maxSteps: 80, screen: stopped, command: 'hotcb' })
  expect(stopped.text()).toMatch(/^Stopped at step 58: /m)
  expect(stopped.text()).toContain(`Checkpoint: step-58\nTo continue:  hotcb demo --dir ${dir} --continue\n`)
  expect(document(dir, 'hotcb.run.json')).toMatchObject({ stopped_early: true })
  await runDemo({ dir, continue: true, screen: continued })
  expect(continued.text()).toContain('Continuing from checkpoint step-58.\n')
  expect(stepsOf(dir)).toEqual([...Array(80).keys()])
  expect(document(dir, 'hotcb.run.json')).toMatchObject({
    stopped_early: false,
    max_steps: 80,
    weights_sha256: await uninterrupted(),
  })
  expect(ledger(dir).filter((line) => line.of !== null)).toEqual([])
})

test('a run without a checkpoint reports that, and starts again at step 0 with all of its changes', async () => {
  const dir = temporaryDir()
  command(dir, SLOWER, SMOOTHER, STOP)
  await runDemo({ dir, maxSteps: 80, ...SILENT })
  rmSync(join(dir, 'hotcb.checkpoints'), { recursive: true })
  const screen = paper()
  await runDemo({ dir, continue: true, screen })
  expect(screen.text()).toContain(
    `\`${dir}\` has no checkpoint: starting again at step 0. Steps 0 to 57 will be repeated.\n`,
  )
  expect(weightsOf(dir)).toBe(await uninterrupted())
  expect(ledger(dir).filter((line) => line.of !== null)).toMatchObject([{ step: 30 }, { step: 55 }])
})

test('three checkpoints are kept, the last one at the end', async () => {
  const dir = temporaryDir()
  await runDemo({ dir, maxSteps: 55, checkpointEvery: 10, ...SILENT })
  expect(checkpointsOf(dir)).toEqual(['step-40', 'step-50', 'step-55'])
})

test('a finished run reports that and does not train; with more steps it resumes at its end', async () => {
  const dir = temporaryDir()
  const screen = paper()
  await runDemo({ dir, maxSteps: 20, ...SILENT })
  expect(await runDemo({ dir, continue: true, screen, command: 'hotcb' })).toBe(0)
  expect(screen.text()).toMatch(/^Finished before, at step 20: /)
  expect(screen.text()).toContain(`To train longer:  hotcb demo --dir ${dir} --continue --max-steps N\n`)
  const less = paper()
  expect(await runDemo({ dir, continue: true, maxSteps: 10, screen: less })).toBe(0)
  expect(less.text()).toContain('is at step 20, and --max-steps is 10: nothing to train.')
  expect(metrics(dir)).toHaveLength(20)
  await runDemo({ dir, continue: true, maxSteps: 25, ...SILENT })
  expect(stepsOf(dir)).toEqual([...Array(25).keys()])
})

test('a run that has passed the requested number of steps reports its step, trains nothing and changes nothing', async () => {
  const dir = temporaryDir()
  command(dir, STOP)
  await runDemo({ dir, maxSteps: 80, ...SILENT })
  const before = [document(dir, 'hotcb.run.json'), ledger(dir).length]
  for (const maxSteps of [10, 58]) {
    const screen = paper()
    expect(await runDemo({ dir, continue: true, maxSteps, screen, command: 'hotcb' })).toBe(0)
    expect(screen.text()).toBe(
      `\`${dir}\` is at step 58, and --max-steps is ${maxSteps}: nothing to train.\nTo train longer:  hotcb demo --dir ${dir} --continue --max-steps N\n`,
    )
  }
  expect([document(dir, 'hotcb.run.json'), ledger(dir).length]).toEqual(before)
})

test('a checkpoint loaded by a command rewinds the loop', async () => {
  const dir = temporaryDir()
  command(dir, { cid: 'a', module: 'core', op: 'checkpoint', params: { action: 'load' }, at: { step: 15 } })
  await runDemo({ dir, maxSteps: 20, checkpointEvery: 10, ...SILENT })
  expect(stepsOf(dir)).toEqual([...Array(15).keys(), 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
  const plain = temporaryDir()
  await runDemo({ dir: plain, maxSteps: 20, ...SILENT })
  expect(weightsOf(dir)).toBe(weightsOf(plain))
})

test('a continued run keeps every option that is not given again', async () => {
  const dir = temporaryDir()
  command(dir, { ...STOP, at: { step: 10 } }, { ...STOP, cid: 'd', at: { step: 20 } })
  const options = {
    seed: 5,
    config: 'digits-adam',
    maxTimeSeconds: 900,
    stepDelaySeconds: 0.001,
    checkpointEvery: 7,
    maxSteps: 40,
  }
  await runDemo({ dir, ...options, config: 'digits-adam', ...SILENT })
  const recorded = {
    config: 'digits-adam checkpoint_every=7',
    max_steps: 40,
    max_time: 900,
    step_delay: 0.001,
    seed: 5,
  }
  expect(document(dir, 'hotcb.run.json')).toMatchObject(recorded)
  await runDemo({ dir, continue: true, ...SILENT })
  expect(checkpointsOf(dir)).toEqual(['step-11', 'step-14', 'step-21'])
  expect(document(dir, 'hotcb.run.json')).toMatchObject(recorded)
  await runDemo({
    dir,
    continue: true,
    stepDelaySeconds: 0,
    maxTimeSeconds: 60,
    checkpointEvery: 30,
    maxSteps: 35,
    ...SILENT,
  })
  expect(checkpointsOf(dir)).toEqual(['step-21', 'step-30', 'step-35'])
  expect(document(dir, 'hotcb.run.json')).toMatchObject({
    config: 'digits-adam checkpoint_every=30',
    max_steps: 35,
    max_time: 60,
    step_delay: 0,
  })
})

test('the options that identify a run cannot be changed when it is continued', async () => {
  const dir = temporaryDir()
  command(dir, STOP)
  await runDemo({ dir, seed: 5, ...SILENT })
  await expect(runDemo({ dir, seed: 6, continue: true, ...SILENT })).rejects.toThrow(
    'the run to continue has seed 5, got 6',
  )
  await expect(runDemo({ dir, config: 'digits-adam', continue: true, ...SILENT })).rejects.toThrow(
    'the run to continue has config digits, got digits-adam',
  )
})

test('the first limit that is reached ends the run with a checkpoint', async () => {
  const dir = temporaryDir()
  await runDemo({ dir, maxSteps: 1_000_000, maxTimeSeconds: 0.3, ...SILENT })
  const steps = metrics(dir).length
  expect(checkpointsOf(dir)).toEqual([`step-${steps}`])
  await runDemo({ dir, continue: true, maxTimeSeconds: 60, maxSteps: steps + 5, ...SILENT })
  expect(stepsOf(dir)).toEqual([...Array(steps + 5).keys()])
})

test('a directory that is not a run is refused with its name, and not changed', async () => {
  const dir = temporaryDir()
  await expect(runDemo({ dir: join(dir, 'none'), continue: true, ...SILENT })).rejects.toThrow(
    `the directory \`${join(dir, 'none')}\` does not exist`,
  )
  writeFileSync(join(dir, 'notes.txt'), 'mine')
  await expect(runDemo({ dir, continue: true, ...SILENT })).rejects.toThrow(`\`${dir}\` is not a run directory`)
  expect(readdirSync(dir)).toEqual(['notes.txt'])
})

test('a run without its document is refused if it has trained steps, and starts over if it has none', async () => {
  const dir = temporaryDir()
  command(dir, STOP)
  const screen = paper()
  await runDemo({ dir, continue: true, maxSteps: 80, screen })
  expect(screen.text()).toContain(`Nothing has been trained in \`${dir}\` yet: starting at step 0.\n`)
  rmSync(join(dir, 'hotcb.run.json'))
  await expect(runDemo({ dir, continue: true, ...SILENT })).rejects.toThrow(
    `\`${join(dir, 'hotcb.run.json')}\` is missing: without it the options of the run are unknown`,
  )
})

test('a takeover is only possible for a run that is continued', async () => {
  await expect(runDemo({ dir: join(temporaryDir(), 'run'), takeOver: true })).rejects.toThrow(
    '`takeOver` needs `continue`',
  )
})
