import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, floatActuator, lossActuators, optimizerActuators } from '@hotcb/actuators'
import { type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { RecipeError } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

/** Its own generator, so that a case is defined by its seed. */
function mulberry(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A small and exact training run: two groups of weights, momentum, decay, two loss terms, a mix of data. */
function training(dir: string, continueAt: number) {
  const group = (name: string, lr: number) => ({ name, lr, weightDecay: 0.01, momentum: 0.9, clipNorm: 0 })
  const optimizer = { paramGroups: [group('body', 0.05), group('head', 0.02)] }
  const weights = { fit: 1, small: 0.1 }
  const data = { mix: 0.5 }
  const mix = floatActuator({
    key: 'mix',
    group: 'data',
    min: 0,
    max: 1,
    get: () => data.mix,
    set: (value) => {
      data.mix = value
    },
  })
  const schedule = (step: number): number[] => [0.05 / (1 + step / 100), 0.02 / (1 + step / 100)]
  let x = [
    [1, -2, 3],
    [0.5, 0.25, -0.125],
  ]
  let v = x.map((row) => row.map(() => 0))
  const kernel = openKernel(dir, {
    state: createMutableState(optimizerActuators(optimizer, { schedule }), lossActuators(weights), [mix]),
    lookMs: 0,
    checkpoints: {
      save: (request) => writeFileSync(join(request.dir, 'x.json'), JSON.stringify({ x, v })),
      load: (request) => {
        ;({ x, v } = JSON.parse(readFileSync(join(request.dir, 'x.json'), 'utf8')))
        return undefined
      },
    },
  })
  const started = kernel.continueFrom({ step: continueAt, maxSteps: 200 })

  function trainStep(step: number): number {
    let loss = 0
    for (const [g, row] of x.entries()) {
      const { lr, weightDecay, momentum } = optimizer.paramGroups[g] ?? group('', 0)
      for (const [i, value] of row.entries()) {
        const target = Math.sin(step * 0.1 + i) * data.mix
        loss += weights.fit * (value - target) ** 2 + weights.small * Math.abs(value)
        const gradient = 2 * weights.fit * (value - target) + weights.small * Math.sign(value) + weightDecay * value
        const speed = momentum * (v[g]?.[i] ?? 0) + gradient
        if (v[g] !== undefined) v[g][i] = speed
        row[i] = value - lr * speed
      }
    }
    return loss
  }

  /** Trains up to a step, reporting each loss; before each safe point `act` may send commands. */
  function run(until: number, losses: Map<number, string>, act: (step: number) => void): void {
    for (let step = continueAt; step < until; ) {
      const loss = trainStep(step)
      // A run that was rolled back trains some steps twice: the last counts.
      losses.set(step, hex(loss))
      act(step)
      let { rewound, stop } = kernel.apply({ step, maxSteps: 200, metrics: { loss } }, ['train_step_end'])
      if (rewound === null && step % 10 === 9) {
        ;({ rewound, stop } = kernel.apply({ step, maxSteps: 200 }, ['val_epoch_end']))
      }
      if (stop) return
      step = rewound ?? step + 1
    }
    losses.set(until, hex(x.flat().reduce((sum, value) => sum * 31 + value, 0)))
  }
  return { kernel, run, started }
}

function hex(value: number): string {
  return Buffer.from(new Float64Array([value]).buffer).toString('hex')
}

function lines(dir: string): LedgerLine[] {
  return ledger(dir).flatMap((line) => {
    const read = readLedgerLine(line)
    return read.ok ? [read.value] : []
  })
}

/** About two hundred live changes of every kind. */
function steer(dir: string, seed: number): (step: number) => void {
  const random = mulberry(seed)
  let count = 0
  let saved: string | null = null
  let loads = 0
  const pick = <T>(...all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
  return (step) => {
    for (let n = Math.floor(random() * 3); n > 0 && count < 200; n--) {
      count++
      const set = (module: string, params: object): void => command(dir, { module, op: 'set_params', params })
      const at = random()
      if (at < 0.15) set('opt', { lr: 0.001 + random() * 0.1 })
      else if (at < 0.25) set('opt', { lr: 0.001 + random() * 0.1, group: pick('body', 'head') })
      else if (at < 0.35) set('opt', { weight_decay: random() * 0.1, momentum: random() * 0.95 })
      else if (at < 0.4) set('opt', { scheduler_drop: 0.5 + random() })
      else if (at < 0.45) set('opt', { scheduler_scale: 0.5 + random() })
      else if (at < 0.55) set('loss', { fit_w: 0.5 + random(), small: random() })
      else if (at < 0.62)
        set('loss', {
          'ramps.small': { type: pick('linear', 'cosine'), steps: 5 + Math.floor(random() * 20), end: random() },
        })
      else if (at < 0.65) set('loss', { 'ramps.fit': { warmup_frac: 0.1, end: 1 + random() } })
      else if (at < 0.7) set('loss', { 'terms.small': pick(true, false) })
      else if (at < 0.78) set('data', { mix: random() })
      else if (at < 0.86) command(dir, { module: 'core', op: 'revert', params: { force: true } })
      else if (at < 0.89) command(dir, { module: 'opt', op: pick('enable', 'disable'), params: { key: 'momentum' } })
      else if (at < 0.93) set('loss', { fit: 0.1 + random(), nope: 1 })
      else if (at < 0.96)
        command(dir, {
          module: 'opt',
          op: 'set_params',
          params: { lr: 0.01 },
          at: { step: step + 3, event: 'val_epoch_end' },
        })
      else if (at < 0.98 && saved === null) {
        saved = `s${step}`
        command(dir, { module: 'core', op: 'checkpoint', params: { action: 'save', tag: saved } })
      } else if (saved !== null && loads < 2) {
        loads++
        command(dir, { module: 'core', op: 'checkpoint', params: { action: 'load', tag: saved } })
      }
    }
  }
}

test('ten runs with two hundred live changes of every kind replay bit for bit', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const [dir, again] = [runDir(), runDir()]
    const live = training(dir, 0)
    const losses = new Map<number, string>()
    live.run(200, losses, steer(dir, seed))
    live.kernel.close()

    const exported = exportRecipe(lines(dir))
    if (!exported.ok) throw new Error(exported.reason)
    writeFileSync(join(again, 'recipe.jsonl'), formatRecipe(exported.value.entries))
    writeFileSync(join(again, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"recipe.jsonl","policy":"strict"}')
    const replay = training(again, 0)
    const replayed = new Map<number, string>()
    replay.run(200, replayed, (step) => {
      if (step === 20) command(again, { cid: 'live', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
    })
    replay.kernel.close()
    expect([...replayed]).toEqual([...losses].sort(([a], [b]) => a - b))
    expect(answers(again).map((line) => line.decision)).toEqual(['ignored_replay'])
    expect(lines(dir).filter((line) => line.decision === 'applied').length).toBeGreaterThan(80)
  }
})

test('a replay that is killed and continued gives the same numbers', () => {
  const [dir, again] = [runDir(), runDir()]
  const live = training(dir, 0)
  const losses = new Map<number, string>()
  live.run(100, losses, steer(dir, 77))
  live.kernel.close()
  const exported = exportRecipe(lines(dir))
  if (!exported.ok) throw new Error(exported.reason)
  writeFileSync(join(again, 'recipe.jsonl'), formatRecipe(exported.value.entries))
  writeFileSync(join(again, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"recipe.jsonl"}')
  // The first attempt never closes; the second trains the same steps from scratch.
  training(again, 0).run(60, new Map(), () => undefined)
  cpSync(join(again, 'hotcb.applied.jsonl'), join(dir, 'first-attempt.jsonl'))
  const replay = training(again, 0)
  const replayed = new Map<number, string>()
  replay.run(100, replayed, () => undefined)
  replay.kernel.close()
  expect([...replayed]).toEqual([...losses].sort(([a], [b]) => a - b))
})

test('a recipe that does not match the trainer is reported with its line before the first step, and live commands are refused', () => {
  const dir = runDir()
  writeFileSync(
    join(dir, 'r.jsonl'),
    '{"at":{"step":1,"event":null},"module":"opt","op":"set_params","id":"main","params":{"lr":0.5}}\n' +
      '{"at":{"step":2,"event":null},"module":"loss","op":"set_params","id":"main","params":{"distill_w":0.5}}\n',
  )
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"r.jsonl","policy":"strict"}')
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.3 } })
  for (let step = 0; step < 3; step++) expect(kernel.apply({ step }).stop).toBe(true)
  expect(() => kernel.close()).toThrow(RecipeError)
  expect(optimizer.paramGroups[0]?.lr).toBe(0.1)
  const line = ledger(dir).find((one) => one.module === 'core' && one.op === 'freeze')
  expect(line).toMatchObject({
    decision: 'failed',
    error:
      'the recipe does not match this trainer: r.jsonl:2: step 2: loss set_params: unknown_param: `distill_w`: this trainer has lr, weight_decay, momentum, clip_norm, ce, terms.ce, aux, terms.aux',
  })
  expect(answers(dir).map((one) => one.decision)).toEqual(['ignored_replay'])
})

test('late, missed and failed entries are an error at close under strict, and a note under best effort', () => {
  const recipe =
    '{"at":{"step":0,"event":"val_end"},"module":"opt","op":"set_params","id":"main","params":{"lr":0.5}}\n' +
    '{"at":{"step":9,"event":null},"module":"opt","op":"set_params","id":"main","params":{"lr":0.4}}\n'
  for (const policy of ['strict', 'best_effort']) {
    const dir = runDir()
    writeFileSync(join(dir, 'r.jsonl'), recipe)
    writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify({ mode: 'replay', recipe_path: 'r.jsonl', policy }))
    const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
    for (let step = 0; step < 3; step++) kernel.apply({ step }, ['train_step_end'])
    if (policy === 'strict') {
      expect(() => kernel.close()).toThrow(
        'strict replay policy: 2 problems: step 0: opt set_params was late, at step 1; step 9: opt set_params was never reached',
      )
    } else kernel.close()
    const told = ledger(dir).filter((line) => line.source === 'replay')
    expect(told.map((line) => [line.step, line.decision, line.notes, line.error])).toEqual([
      [1, 'applied', 'late', null],
      [2, 'failed', `${policy}_missed`.replace('strict_', 'strict_policy_'), 'missed_step:9:any'],
    ])
  }
})
