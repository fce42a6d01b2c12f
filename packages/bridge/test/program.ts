import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Actuator, createMutableState, lossActuators, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { createMetricsCollector } from '@hotcb/metrics'
import { metricsFile } from '@hotcb/metrics/node'
import type { ApplyResult, Env, JsonObject, LedgerLine } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import { createSession, type Session } from '../src/node.ts'
import { createMemoryPage, createTrainer, type TrainerControl } from '../src/testing.ts'

/** A run directory for one test. */
export function runDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bridge-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** The events before one of a run's safe points. */
export interface Turn {
  readonly commands: readonly JsonObject[]
  readonly freeze?: 'off' | 'prod'
  /** Whether the kernel checks the files. */
  readonly look: boolean
  readonly submit?: JsonObject
  /** The number of `apply` calls at this step. */
  readonly calls: number
}

export interface Program {
  readonly hasSchedule: boolean
  readonly turns: readonly Turn[]
  /** The turn at which the trainer is restarted from its saved state, if it is restarted. */
  readonly restartAt: number | null
}

/** A training run with two groups, two loss terms, and a setter that refuses one value. */
interface Model {
  readonly actuators: readonly Actuator[]
  readonly scales: number[]
  values(): unknown
  restore(values: string): void
  base(step: number): void
}

function createModel(hasSchedule: boolean): Model {
  const optimizer = {
    paramGroups: [
      { name: 'body', lr: 0.1, weightDecay: 0, momentum: 0.9 },
      { name: 'head', lr: 0.2, weightDecay: 0, momentum: 0.9 },
    ],
  }
  const weights: Record<string, number> = { ce: 1, aux: 0 }
  const scales = [1, 1]
  const own = {
    setScale: (given: readonly number[]) => void scales.splice(0, 2, ...given),
    rates: () => optimizer.paramGroups.map(({ lr }) => lr),
  }
  const actuators = [
    ...optimizerActuators(optimizer, hasSchedule ? own : {}),
    ...lossActuators(weights).map((actuator) => ({
      ...actuator,
      set(values: Parameters<Actuator['set']>[0]) {
        if (values[0] === 13) throw new RangeError('not 13')
        actuator.set(values)
      },
    })),
  ]
  return {
    actuators,
    scales,
    values: () => [optimizer.paramGroups.map((group) => ({ ...group })), { ...weights }, [...scales]],
    restore(text) {
      const [groups, kept] = JSON.parse(text)
      for (const [i, group] of optimizer.paramGroups.entries()) Object.assign(group, groups[i])
      Object.assign(weights, kept)
    },
    // The trainer's schedule overwrites any earlier value.
    base(step) {
      if (hasSchedule) for (const [i, group] of optimizer.paramGroups.entries()) group.lr = (i + 1) / (10 + step)
    },
  }
}

/** The operations that both ways of running a program provide. */
interface Control {
  continueFrom(env: Env, snapshot: JsonObject | null): ApplyResult
  apply(env: Env, events: readonly string[]): ApplyResult
  look(): void
  submit(op: JsonObject): void
  snapshot(): JsonObject
  close(): void
}

type Open = (dir: string, model: Model, more: { registered?: JsonObject }) => Control

interface Handlers {
  save(request: { readonly dir: string; readonly step: number }): void
  load(request: { readonly dir: string }): { readonly step: number }
}

function handlersOf(model: Model): Handlers {
  return {
    save: ({ dir, step }) => writeFileSync(join(dir, 'model.json'), JSON.stringify({ step, text: saved(model) })),
    load({ dir }) {
      const { step, text } = JSON.parse(readFileSync(join(dir, 'model.json'), 'utf8'))
      model.restore(text)
      return { step }
    },
  }
}

const saved = (model: Model): string => JSON.stringify(model.values())

/** The kernel in the trainer's own process. */
export const inOneProcess: Open = (dir, model, more) => {
  const collector = createMetricsCollector({
    sink: metricsFile(dir),
    clock: { wall: () => 0, running: () => performance.now() },
  })
  const kernel = openKernel(dir, {
    ...more,
    state: createMutableState([...model.actuators]),
    modules: [collector],
    checkpoints: handlersOf(model),
    // It checks the files on request.
    lookMs: Number.MAX_SAFE_INTEGER,
    sleep: { block: () => false },
  })
  return {
    continueFrom: (env, snapshot) => kernel.continueFrom(env, snapshot),
    apply: (env, events) => kernel.apply(env, events),
    look: () => void kernel.attention.look(),
    submit: (op) => void kernel.submit({ module: '', op: '', ...op }),
    snapshot: () => kernel.snapshot(),
    close: () => kernel.close(),
  }
}

/** The kernel in a session, which the trainer reaches over the wire. */
export const overTheBridge: Open = (dir, model, { registered }) => {
  const page = createMemoryPage()
  const handlers = handlersOf(model)
  const session: Session = createSession({
    page,
    log: () => undefined,
    // Messages cross the bridge as text.
    ask: (request) => JSON.parse(JSON.stringify(trainer.answer(JSON.parse(JSON.stringify(request))))),
  })
  const trainer = createTrainer({
    runDir: dir,
    page,
    controls: model.actuators.map(controlOf),
    ...(registered !== undefined && { registered }),
    save: handlers.save,
    load: (request) => handlers.load(request).step,
    talk(contact) {
      const reply = session.handle(JSON.parse(JSON.stringify(contact)))
      session.write()
      return JSON.parse(JSON.stringify(reply))
    },
  })
  trainer.open()
  return {
    continueFrom: (env, snapshot) => trainer.continueFrom(env, snapshot),
    apply: (env, events) => trainer.apply(env, events),
    look: () => trainer.look(),
    submit: (op) => trainer.submit({ module: '', op: '', ...op }),
    snapshot: () => trainer.snapshot(),
    close: () => void trainer.close(),
  }
}

function controlOf(actuator: Actuator): TrainerControl {
  const { key, spec, group, label, paramGroups, positions, aliases, initial, metric, keepRatios, rampable } = actuator
  const { type, min, max } = spec
  const { rates, setScale } = actuator
  return {
    remote: {
      key,
      type,
      group,
      label,
      ...(min !== null && { min }),
      ...(max !== null && { max }),
      groups: paramGroups,
      ...(positions !== undefined && { positions }),
      aliases,
      initial,
      keep: keepRatios,
      rampable,
      ...(metric !== undefined && { metric }),
      scheduled: setScale !== undefined,
    },
    get: () => actuator.get?.() ?? [],
    set: (values) => actuator.set(values),
    ...(setScale !== undefined && { setScale: (scales) => setScale(scales.map(Number)) }),
    ...(rates !== undefined && { rates: () => [rates()].flat() }),
  }
}

/** A program's ledger, without the parts that differ between any two runs, and the values that the trainer used at each step. */
export interface Trace {
  readonly lines: readonly unknown[]
  readonly used: readonly string[]
  readonly metrics: readonly unknown[]
}

/** Runs a program from its first step to its last. */
export function runProgram({ hasSchedule, turns, restartAt }: Program, open: Open): Trace {
  const dir = runDir()
  const used: string[] = []
  const registered = Object.fromEntries(createModel(hasSchedule).actuators.map(({ key, initial }) => [key, initial]))
  let model = createModel(hasSchedule)
  let control = open(dir, model, {})
  control.continueFrom({ step: 0 }, null)
  let kept = { step: 0, text: saved(model), snapshot: null as JsonObject | null }
  let isRestarted = false
  let budget = turns.length * 3
  for (let step = 0; step < turns.length && budget-- > 0; step++) {
    const turn = turns[step] ?? { commands: [], look: false, calls: 1 }
    if (step === restartAt && !isRestarted) {
      isRestarted = true
      control.close()
      model = createModel(hasSchedule)
      model.restore(kept.text)
      control = open(dir, model, { registered })
      control.continueFrom({ step: kept.step }, kept.snapshot)
      step = kept.step - 1
      continue
    }
    model.base(step)
    if (!isRestarted || restartAt === null || step >= restartAt) ask(dir, turn, control)
    const rewound = safePoints(control, model, { step, calls: turn.calls, used })
    if (rewound !== null) step = rewound - 1
    else if (step === 5 && !isRestarted) kept = { step: 6, text: saved(model), snapshot: control.snapshot() }
  }
  control.close()
  return { lines: ledgerOf(dir), used, metrics: linesOf(join(dir, 'hotcb.metrics.jsonl')).map(withoutTime) }
}

function ask(dir: string, { commands, freeze, look, submit }: Turn, control: Control): void {
  const text = commands.map((one) => `${JSON.stringify(one)}\n`).join('')
  if (text !== '') appendFileSync(join(dir, 'hotcb.commands.jsonl'), text)
  if (freeze !== undefined) writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify({ mode: freeze }))
  if (submit !== undefined) control.submit(submit)
  if (look || freeze !== undefined) control.look()
}

function safePoints(
  control: Control,
  model: Model,
  { step, calls, used }: { readonly step: number; readonly calls: number; readonly used: string[] },
): number | null {
  for (let call = 0; call < calls; call++) {
    const metrics = { loss: 1 / (step + call + 1), odd: step % 2 === 0 ? Number.NaN : step }
    const event = call === 0 ? 'train_step_end' : 'val_epoch_end'
    const { rewound } = control.apply({ step, epoch: 0, maxSteps: 40, metrics }, [event])
    used.push(saved(model))
    if (rewound !== null) return rewound
  }
  return null
}

function linesOf(path: string): LedgerLine[] {
  const text = readFileSync(path, 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

const withoutTime = (line: object): object => ({ ...line, wall_time: null })

function ledgerOf(dir: string): unknown[] {
  return linesOf(join(dir, 'hotcb.applied.jsonl')).map((line) => {
    const { token: _token, ...payload } = line.payload ?? {}
    // Stack traces differ between the two programs.
    return { ...line, wall_time: null, payload, traceback: null }
  })
}
