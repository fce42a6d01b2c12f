import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, DEFAULT_RULES } from '../../src/index.ts'
import { readFacts } from '../../src/node/facts.ts'
import { openAgent, readAutopilotStatus } from '../../src/node.ts'
import { propose, steeredRun, temporaryDirectory } from './steered-run.ts'

/** The facts about a run, with the values of its controls. */
function factsOf(run: Parameters<typeof readFacts>[0]): unknown {
  const { controls, ...facts } = readFacts(run)
  return { ...facts, controls: controls().map(({ param_key: key, current }) => [key, current]) }
}

const CONTROLS = [
  ['lr', 0.05],
  ['weight_decay', 0],
  ['momentum', 0.9],
]
const FACTS = {
  ...{ isFrozen: false, isPaused: false, total: null, canSave: undefined, hasDataSkip: false, callbacks: [] },
  ...{ isOver: false, step: 0, stepSeconds: null, controls: CONTROLS },
}

test('the facts about a run come from its documents', () => {
  const steered = steeredRun()
  // Whether the document already has a step, and its duration, depends on the time.
  const { step: _, stepSeconds: __, ...facts } = FACTS
  expect(factsOf(steered.run)).toMatchObject(facts)
  steered.stop()
  expect(factsOf(steered.run)).toMatchObject({ isOver: true, step: 0 })
  writeFileSync(join(steered.dir, runFiles.freeze), '{"mode": "prod"}')
  writeFileSync(join(steered.dir, 'hotcb.run.json'), JSON.stringify({ version: 1, run_id: 'r', max_steps: 300 }))
  expect(factsOf(steered.run)).toMatchObject({ isFrozen: true, total: 300 })
})

test('a directory without a trainer has no facts, and its run is over', () => {
  expect(factsOf(openRunDirectory(temporaryDirectory()))).toEqual({ ...FACTS, isOver: true, step: null, controls: [] })
})

test('a run with a checkpoint shows that its trainer can save', () => {
  const steered = steeredRun({
    checkpoints: { save: ({ dir }) => writeFileSync(join(dir, 'w'), '1'), load: () => undefined },
  })
  steered.run.send([{ module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'mine' } }], { source: 'cli' })
  steered.step()
  expect(readFacts(steered.run).canSave).toBe(true)
})

const NOBODY = { holder: null, mode: null, keyMetric: null, module: null, open: [], queued: 0, applied: 0, other: 0 }

test('the status of a run contains its autopilot, the mode, and the open proposals', () => {
  const steered = steeredRun()
  expect(readAutopilotStatus(steered.run)).toEqual(NOBODY)
  const id = propose(steered.dir)
  const holder = { engine: 'autopilot', pid: process.pid, host: hostname(), since: expect.any(Number) }
  const open = [expect.objectContaining({ id, state: 'open' })]
  expect(readAutopilotStatus(steered.run)).toEqual({ ...NOBODY, holder: { ...holder, n: 1, isAlive: false }, open })
  const keyMetric = { name: 'val_loss', direction: 'min' } as const
  const agent = openAgent(steered.dir, { mode: 'suggest', ruleSet: DEFAULT_RULES, keyMetric, limits: DEFAULT_LIMITS })
  onTestFinished(() => agent.close())
  const watched = { ...NOBODY, holder: { ...holder, n: 2, isAlive: true }, open, keyMetric: 'val_loss' }
  expect(readAutopilotStatus(steered.run)).toEqual({ ...watched, mode: 'suggest' })
  agent.setMode('auto')
  expect(readAutopilotStatus(steered.run)).toEqual({ ...watched, mode: 'auto', other: 1 })
})

test('actions are counted by their state', () => {
  const states = ['open', 'queued', 'queued', 'applied', 'applied', 'applied', 'told', 'failed', 'lapsed', 'dismissed']
  const actions = states.map((state) => ({ state })) as never
  expect(readAutopilotStatus(steeredRun().run, actions)).toEqual({
    ...{ ...NOBODY, open: [{ state: 'open' }], queued: 2, applied: 3, other: 4 },
  })
})
