import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { formatFreeze, type JsonObject, UNFROZEN } from '@hotcb/protocol'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { openRun, type Run, readLedger, recorded, recorder, temporaryFolder } from './support.ts'

/** A training run of one weight, every bit of which depends on its learning rates. */
interface Training {
  readonly run: Run
  readonly weights: number[]
  train(from: number, to: number, plan?: Readonly<Record<number, (run: Run) => void>>): void
}

function openTraining(dir: string, weight = 1): Training {
  const optimizer = { paramGroups: [{ lr: 0.1 }] }
  const run = openRun({ dir, kernel: { state: createMutableState(optimizerActuators(optimizer)) } })
  const weights: number[] = []
  let w = weight
  return {
    run,
    weights,
    train(from, to, plan = {}) {
      for (let step = from; step < to; step++) {
        plan[step]?.(run)
        w -= (optimizer.paramGroups[0]?.lr ?? 0) * Math.sin(w + step)
        weights.push(w)
        run.step(step, { metrics: { loss: w } })
      }
    },
  }
}

// A callback that requests a smaller rate through the ledger.
const HALVER = `export class Halver {
  handle(event, env) { if (env.step === 5) env.submit({ module: 'opt', op: 'set_params', params: { lr: 0.05 } }) }
}`
const BAD =
  'export class Bad { handle(event, env) { globalThis.seenReplay.push("bad " + env.step); if (env.step === 4) throw new Error("boom") } }'

const PLAN: Readonly<Record<number, (run: Run) => void>> = {
  1: (run) => {
    run.load('halver', run.write('halver.mjs', HALVER), 'Halver')
    run.load('probe', run.write('probe.mjs', recorder('seenReplay', 1)), 'Recorder')
    run.load('bad', run.write('bad.mjs', BAD), 'Bad')
  },
  3: (run) => {
    run.write('probe.mjs', recorder('seenReplay', 2))
    run.load('probe', 'probe.mjs', 'Recorder')
  },
  6: (run) => run.command('set_params', 'probe', { params: { every: 2 } }),
  7: (run) => run.command('set_params', 'main', { params: { lr: 0.2 } }, 'opt'),
  8: (run) => run.command('enable', 'bad'),
  9: (run) => run.command('unload', 'probe'),
}

/** A run of twelve steps, and the folder of a second one that replays it. */
function recordedRun(seen: string[]): { first: Training; whole: string[]; dir: string } {
  const first = openTraining(temporaryFolder())
  first.train(0, 12, PLAN)
  first.run.close()
  const whole = seen.splice(0)
  const exported = exportRecipe(readLedger(first.run.dir))
  if (!exported.ok) throw new Error(exported.reason)
  const recipe = join(first.run.dir, 'hotcb.recipe.jsonl')
  writeFileSync(recipe, formatRecipe(exported.value.entries))
  const dir = temporaryFolder()
  const freeze = { ...UNFROZEN, mode: 'replay', policy: 'strict', recipe_path: recipe } as const
  writeFileSync(join(dir, 'hotcb.freeze.json'), formatFreeze(freeze))
  return { first, whole, dir }
}

test('a replay of callbacks that were loaded, reloaded and unloaded is bit-identical', () => {
  const seen = recorded('seenReplay')
  const { first, whole, dir } = recordedRun(seen)
  // The originals have been edited since, which must not matter.
  first.run.write('probe.mjs', 'export class Recorder { handle() { throw new Error("not this") } }')
  const second = openTraining(dir)
  second.train(0, 12)
  expect(second.weights).toEqual(first.weights)
  expect(seen).toEqual(whole)
  second.run.close()
  const hashes = (run: Run): unknown[] =>
    run
      .ledger()
      .flatMap(({ op, id, step, payload }) => (op === 'load' ? [[id, step, payload?.['source_capture']]] : []))
  expect(hashes(second.run)).toEqual(hashes(first.run))
  // If a callback submits an op while a recipe is followed, this is logged, and the ledger does not contain the op.
  expect(readLedger(dir).filter((line) => line.decision === 'ignored_replay')).toEqual([])
  const told = readFileSync(join(dir, 'hotcb.log'), 'utf8').match(/may not submit while a recipe is being followed.*/g)
  expect(told).toEqual(['may not submit while a recipe is being followed (mode replay): opt set_params is ignored'])
})

test('a strict replay fails if captured bytes were tampered with, and those bytes do not run', () => {
  const seen = recorded('seenReplay')
  const { first, dir } = recordedRun(seen)
  const load = first.run.ledger().find((line) => line.id === 'halver')
  const { captured_path: path = '' } = (load?.payload?.['source_capture'] ?? {}) as { captured_path?: string }
  first.run.write(path, `${HALVER}\nglobalThis.seenReplay.push('tampered')`)
  const second = openTraining(dir)
  second.train(0, 12)
  expect(() => second.run.close()).toThrow(/strict replay policy/)
  expect(seen).not.toContain('tampered')
  expect(second.run.ledger()[0]).toMatchObject({
    op: 'load',
    id: 'halver',
    source: 'replay',
    decision: 'failed',
    error: expect.stringContaining(' is refused: '),
  })
})

test('a checkpoint load restores the callbacks to their state at the save', () => {
  const seen = recorded('seenReplay')
  const dir = temporaryFolder()
  const run = openRun({
    dir,
    kernel: { checkpoints: { save: () => {}, load: () => undefined } },
    callbacks: { callbacks: { own: ownCallback(seen) } },
  })
  run.load('probe', run.write('probe.mjs', recorder('seenReplay', 1)), 'Recorder')
  run.step(0)
  run.command('checkpoint', 'main', { params: { action: 'save', tag: 'early' } }, 'core')
  run.step(1)
  run.command('set_params', 'own', { params: { word: 'late' } })
  run.write('probe.mjs', recorder('seenReplay', 2))
  run.load('probe', 'probe.mjs', 'Recorder')
  run.load('other', 'probe.mjs', 'Recorder')
  run.step(2)
  run.command('disable', 'own')
  run.step(3)
  seen.length = 0
  run.command('checkpoint', 'main', { params: { action: 'load', tag: 'early' } }, 'core')
  const { rewound } = run.kernel.apply({ step: 4 }, [])
  expect(rewound).toBe(2)
  seen.length = 0
  run.step(2)
  expect(seen).toEqual(['early 2', 'v1 train_step_end 2'])
  expect(Object.keys(run.module.status?.() as JsonObject)).toEqual(['own', 'probe'])
})

function ownCallback(seen: string[]) {
  const callback = {
    word: 'early',
    handle: (_event: string, env: { readonly step: number }) => void seen.push(`${callback.word} ${env.step}`),
    setParams: (params: JsonObject) => {
      callback.word = String(params['word'])
    },
  }
  return callback
}
