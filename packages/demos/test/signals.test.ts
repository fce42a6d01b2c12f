import { readdirSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { DemoOptions } from '../src/index.ts'
import { buildPrograms } from './kill/programs.ts'
import { isThere, type RunningDemo, startDemo, until } from './ranks/running.ts'
import { command, document, ledger, metrics, temporaryDir } from './run-support.ts'

const STEPS = 120
const CHANGES = [
  { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.02 }, at: { step: 20 } },
  { cid: 'b', module: 'loss', op: 'set_params', params: { activity: 0.01 }, at: { step: 90 } },
]

let program: string
beforeAll(async () => {
  program = (await buildPrograms()).ranks
})

const weightsOf = (dir: string): unknown => document(dir, 'hotcb.run.json')['weights_sha256']
const stepsOf = (dir: string): number[] => metrics(dir).map(({ step }) => step)

function begin(options: DemoOptions = {}): RunningDemo & { readonly dir: string } {
  const dir = temporaryDir()
  command(dir, ...CHANGES)
  return { dir, ...startDemo(program, { dir, maxSteps: STEPS, stepDelaySeconds: 0.05, command: 'hotcb', ...options }) }
}

const references = new Map<number, Promise<unknown>>()

/** The weights of the same run, never interrupted. */
function uninterrupted(ranks: number): Promise<unknown> {
  const known = references.get(ranks)
  if (known !== undefined) return known
  const reference = (async () => {
    const dir = temporaryDir()
    command(dir, ...CHANGES)
    await startDemo(program, { dir, maxSteps: STEPS, ranks }).ended
    return weightsOf(dir)
  })()
  references.set(ranks, reference)
  return reference
}

/** Continues a run to its end. Checks that each step occurs once, and that the weights equal those of an uninterrupted run. */
async function continued(dir: string, ranks: number): Promise<void> {
  const { code, text } = await startDemo(program, { dir, continue: true, stepDelaySeconds: 0 }).ended
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringMatching(/^Done: /m) })
  expect(stepsOf(dir)).toEqual([...Array(STEPS).keys()])
  expect(weightsOf(dir)).toBe(await uninterrupted(ranks))
}

for (const ranks of [1, 2]) {
  const who = ranks === 1 ? 'one process' : 'several ranks'
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`${signal} on ${who} saves a checkpoint, from which the run continues as if it had not been interrupted`, async () => {
      const running = begin({ ranks })
      await running.said(/^ *24 of 120 done/m)
      const others = ranks === 1 ? [] : [await running.pidOf(1)]
      // A terminal sends the signal to all of its processes.
      for (const pid of [...others, running.process.pid ?? 0]) process.kill(pid, signal)
      const { code, text } = await running.ended
      const [, step] = /^Stopped at step (\d+): /m.exec(text) ?? []
      expect(code).toBe(130)
      expect(text).toContain(`Checkpoint: step-${step}\nTo continue:  hotcb demo --dir ${running.dir} --continue\n`)
      expect(text).toContain(
        signal === 'SIGINT'
          ? 'Ctrl-C: saving a checkpoint. Press it again to exit without one.\n'
          : `${signal}: saving a checkpoint.\n`,
      )
      if (ranks > 1) expect(text).toContain(`${ranks} ranks, same weights: `)
      expect(ledger(running.dir).at(-1)).toMatchObject({ op: 'checkpoint', source: 'trainer', notes: signal })
      await continued(running.dir, ranks)
    })
  }

  test(`Ctrl-C during a pause on ${who} saves a checkpoint and ends the pause`, async () => {
    const running = begin({ ranks })
    command(running.dir, { cid: 'p', module: 'core', op: 'pause', at: { step: 50 } })
    await running.said(/^paused$/m)
    running.process.kill('SIGINT')
    const { code, text } = await running.ended
    expect({ code, text }).toMatchObject({ code: 130, text: expect.stringContaining('\nCheckpoint: step-51\n') })
    await continued(running.dir, ranks)
  })

  test(`a stop command on ${who} saves a checkpoint`, async () => {
    const running = begin({ ranks })
    await running.said(/^ *24 of 120 done/m)
    command(running.dir, { cid: 's', module: 'core', op: 'stop' })
    const { code, text } = await running.ended
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringMatching(/^Checkpoint: step-\d+$/m) })
    await continued(running.dir, ranks)
  })
}

test('a signal that arrives twice in a row, as under npm, counts as one', async () => {
  const running = begin()
  await running.said(/^ *24 of 120 done/m)
  running.process.kill('SIGINT')
  await running.said(/^Ctrl-C: saving/m)
  running.process.kill('SIGINT')
  const { code, text } = await running.ended
  expect({ code, text }).toMatchObject({ code: 130, text: expect.stringMatching(/^Checkpoint: step-\d+$/m) })
  await continued(running.dir, 1)
})

test('a second Ctrl-C exits immediately with exit code 130, prints how to continue, and leaves no process and no file', async () => {
  // While the ranks synchronize in the kernel, rank 0 blocks its thread until it abandons the hanging rank, and handles no signal
  // before that. Such an attempt ends like a first Ctrl-C and does not test the second.
  for (let tries = 0; ; tries++) {
    expect(tries).toBeLessThan(6)
    if (await isEndedBySecond()) break
  }
})

async function isEndedBySecond(): Promise<boolean> {
  const temporary = temporaryDir()
  const dir = temporaryDir()
  const running = startDemo(
    program,
    { dir, ranks: 2, maxSteps: 100_000, checkpointEvery: 10, command: 'hotcb' },
    temporary,
  )
  const other = await running.pidOf(1)
  await until(() => readdirSync(dir).includes('hotcb.checkpoints'))
  // A hanging rank delays the step, and therefore the checkpoint.
  process.kill(other, 'SIGSTOP')
  running.process.kill('SIGINT')
  await running.said(/^Ctrl-C: saving a checkpoint\. Press it again to exit without one\.$/m)
  // Less than a second later, it would count as the same signal.
  const again = setInterval(() => running.process.kill('SIGINT'), 300)
  const { code, text } = await running.ended
  clearInterval(again)
  await until(() => !isThere(other))
  // A later signal may also arrive when the process has stopped listening.
  if (code === null || text.includes('has not reached the safe point')) return false
  expect(code).toBe(130)
  expect(text).toMatch(new RegExp(`^Exited without saving\\. To continue: {2}hotcb demo --dir ${dir} --continue$`, 'm'))
  expect(text).not.toContain('Stopped at step')
  expect(readdirSync(temporary)).toEqual([])
  const steps = stepsOf(dir).length
  const more = await startDemo(program, { dir, continue: true, maxSteps: steps + 20 }).ended
  expect(more).toMatchObject({ code: 0, text: expect.stringContaining('Continuing from checkpoint step-') })
  return true
}
