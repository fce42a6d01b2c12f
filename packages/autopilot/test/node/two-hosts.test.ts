import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMetricsCollector } from '@hotcb/metrics/node'
import { type AutopilotLine, type JsonObject, readAutopilotLine, runFiles } from '@hotcb/protocol'
import { openRun } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, DEFAULT_RULES, type Limits, type Mode, type RuleSet, readRuleFile } from '../../src/index.ts'
import { type Agent, openAgent, openAutopilot } from '../../src/node.ts'
import { openTraining, runDir, type Training, type TrainingOptions } from '../training.ts'

const RULES = `version: 2
key_metric: val_loss
rules:
  - {id: gone, condition: divergence, metric: train_loss, action: {do: rescue}, confidence: high, cooldown: 10, settle: 0}
  - {id: held, when: "train_loss < 0.5 * first(train_loss)", hold: 3, clear: 2, action: {set: {lr: x0.9}}, cooldown: 7, settle: 5}
  - {id: both, when: "val_loss < 1.5 * train_loss and count(val_loss) > 2", action: {set: {lr: x0.8}}, confidence: low, cooldown: 15}
  - {id: clocked, when: "step % 40 == 0", action: {do: notify}, cooldown: 0}
  - {id: flat, condition: plateau, action: {set: {weight_decay: x2}}, settle: 30}
`

// Fires repeatedly: only its cooldown and the changes to its control hold it back.
const QUIET = `version: 2
rules:
  - {id: down, when: "train_loss > mean(train_loss, 5)", action: {set: {lr: x0.98}}, confidence: high, settle: 9, cooldown: 4}
`

// Only an agent has a clock, and counts the actions per hour.
const LIMITS: Limits = { ...DEFAULT_LIMITS, perHour: 1000 }

function rulesOf(text: string): RuleSet {
  const read = readRuleFile(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

interface Hosts {
  /** The trainer's run directory. */
  readonly dir: string
  readonly training: Training
  /** Copies everything that the trainer has written since, and lets the agent evaluate it. */
  copy(): void
  /** The lines of the two logs. */
  logs(): readonly [readonly string[], readonly string[]]
}

/**
 * One training run with the module inside, and an agent next to a copy of that run's files, because a run accepts
 * only one autopilot. The agent's own commands go to a trainer that does not exist, so only the module acts.
 */
function hosts(mode: Mode, ruleSet: RuleSet, options: Omit<TrainingOptions, 'modules'>): Hosts {
  const [inside, beside] = [runDir(), runDir()]
  const collector = openMetricsCollector({ flushMs: 0 })
  const pilot = openAutopilot({ mode, rules: ruleSet, limits: LIMITS })
  const training = openTraining(inside, { ...options, modules: [collector, pilot] })
  onTestFinished(() => training.kernel.close())
  writeFileSync(join(beside, runFiles.run), JSON.stringify({ max_steps: 1000 }))
  for (const name of [runFiles.actuators, runFiles.ledger, runFiles.state])
    copyFileSync(join(inside, name), join(beside, name))
  writeFileSync(join(beside, runFiles.metrics), '')
  const agent = agentOf(beside, mode, ruleSet)
  const offsets = new Map<string, number>([[runFiles.ledger, readFileSync(join(beside, runFiles.ledger)).length]])
  const append = (name: string): void => {
    const bytes = existsSync(join(inside, name)) ? readFileSync(join(inside, name)) : Buffer.alloc(0)
    appendFileSync(join(beside, name), bytes.subarray(offsets.get(name) ?? 0))
    offsets.set(name, bytes.length)
  }
  return {
    dir: inside,
    training,
    copy() {
      collector.flush()
      append(runFiles.ledger)
      // Sometimes it reads the ledger before the records.
      if (training.step % 2 === 0) agent.look()
      append(runFiles.metrics)
      setCurrent(join(beside, runFiles.actuators), training.lr)
      // If the state document were much older than the controls, it would count as another kernel's, even on a slow machine.
      copyFileSync(join(inside, runFiles.state), join(beside, runFiles.state))
      agent.look()
    },
    logs: () => [toldIn(inside), toldIn(beside)],
  }
}

function agentOf(dir: string, mode: Mode, ruleSet: RuleSet): Agent {
  const keyMetric = { name: 'val_loss', direction: 'min' } as const
  const agent = openAgent(dir, { mode, ruleSet, keyMetric, limits: LIMITS })
  onTestFinished(() => agent.close())
  return agent
}

/** Sets the controls document to its content after a step. The kernel writes it only later. */
function setCurrent(path: string, lr: number): void {
  const document = JSON.parse(readFileSync(path, 'utf8'))
  for (const control of document.controls) if (control.param_key === 'lr') control.current = lr
  writeFileSync(path, JSON.stringify(document))
}

/** The decisions in a log, without times and deadlines: only an agent has a clock, so the deadlines differ. */
function toldIn(dir: string): readonly string[] {
  const texts = readFileSync(join(dir, runFiles.autopilot), 'utf8').split('\n').filter(Boolean)
  return texts.flatMap((text) => {
    const read = readAutopilotLine(JSON.parse(text))
    if (!read.ok) throw new Error(read.reason)
    return ['begin', 'end'].includes(read.value.kind) ? [] : [toldOf(read.value)]
  })
}

function toldOf({ action_id: id, kind, step, rule_id: rule, reason, command, decision, data }: AutopilotLine): string {
  const { expires: _, ...asked }: JsonObject = command ?? {}
  // An answer is written at the evaluation that receives it.
  const at = kind === 'decided' || kind === 'approved' || kind === 'dismissed' ? '' : ` ${step}`
  return `${kind} ${id}${at} ${rule} ${decision}: ${reason} ${JSON.stringify([asked, data])}`
}

test('a module in the trainer and a separate agent make the same decisions on equal records, in any batches', () => {
  const { training, copy, logs } = hosts('suggest', rulesOf(RULES), {
    lr: 0.3,
    valEvery: 10,
    noise: (step) => 0.01 * Math.sin(step * 7),
  })
  // Evaluations of one record, of a part of a step, and of hundreds of records.
  for (const steps of [1, 2, 13, 1, 150, 7, 40, 300, 86]) {
    training.train(steps)
    copy()
  }
  const [inside, beside] = logs()
  expect(inside.length).toBeGreaterThan(10)
  expect(beside).toEqual(inside)
})

test('a rescue takes the same course in both: loads, rungs, the rate that stays, and the outcome', () => {
  const { training, copy, logs } = hosts('auto', DEFAULT_RULES, { lr: 40 })
  for (let step = 0; step < 260; step++) {
    training.train(1)
    copy()
  }
  const [inside, beside] = logs()
  expect(inside.filter((line) => line.includes('"load"')).length).toBeGreaterThan(2)
  expect(beside).toEqual(inside)
})

test("a person's and a rule's changes count from the same step in both", () => {
  const { dir, training, copy, logs } = hosts('auto', rulesOf(QUIET), {
    lr: 0.3,
    noise: (step) => 0.3 * Math.sin(step * 7),
  })
  for (let step = 0; step < 150; step++) {
    if (step % 40 === 30)
      openRun(dir).send([{ module: 'opt', op: 'set_params', params: { lr: 0.2 } }], { source: 'cli' })
    training.train(1)
    copy()
  }
  const [inside, beside] = logs()
  expect(inside.filter((line) => line.startsWith('queued')).length).toBeGreaterThan(2)
  expect(beside).toEqual(inside)
})
