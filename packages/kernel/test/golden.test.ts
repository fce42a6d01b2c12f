import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMutableState, floatActuator, lossActuators, optimizerActuators } from '@hotcb/actuators'
import type { HotModule, Op, RecipeEntry } from '@hotcb/protocol'
import { capturedSourceOf, readRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { ledger, runDir } from './run-dir.ts'

const GOLDEN = fileURLToPath(new URL('../../recipe/test/fixtures/golden/', import.meta.url))

/** A module that accepts and remembers every op. */
function witness(name: string): HotModule & { readonly ops: Op[] } {
  const ops: Op[] = []
  return {
    name,
    ops,
    applyOp(op) {
      ops.push(op)
      return { ok: true, payload: op.params }
    },
  }
}

/** Creates a trainer with all modules and controls of the golden runs. */
function trainer() {
  const group = (name: string) => ({ name, lr: 0.001, weightDecay: 0.01, momentum: 0.9 })
  const other = { strength: 1, dropout: 0 }
  const float = (module: string, key: keyof typeof other) =>
    floatActuator({
      key,
      group: module,
      min: 0,
      max: 10,
      get: () => other[key],
      set: (value) => {
        other[key] = value
      },
    })
  const optimizer = { paramGroups: [group('body'), group('head')] }
  const state = createMutableState(
    optimizerActuators(optimizer, { schedule: (step) => 0.001 * (1 + step) }),
    lossActuators({ decoder: 1, kl: 0.5, recon: 1 }),
    [float('augment', 'strength'), float('custom', 'dropout')],
  )
  return { state, modules: [witness('cb'), witness('tune'), witness('ctl')] }
}

/** Replays a golden recipe strictly and completely; returns its ledger lines. */
function replayed(
  folder: string,
  recipe: string,
): { entries: readonly RecipeEntry[]; lines: ReturnType<typeof ledger> } {
  // The folder of the other run does not exist here.
  const text = readFileSync(join(GOLDEN, folder, recipe), 'utf8').replaceAll('/runs/a/', '')
  const read = readRecipe(text, { file: recipe })
  if (!read.ok) throw new Error(read.reason)
  const dir = runDir()
  writeFileSync(join(dir, 'r.jsonl'), text)
  // A recipe with missing captured sources is refused; here they are not run.
  mkdirSync(join(dir, 'hotcb.sources'))
  for (const entry of read.value.entries) {
    const path = capturedSourceOf(entry)?.captured_path
    if (path !== undefined) writeFileSync(join(dir, 'hotcb.sources', basename(path)), '')
  }
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"r.jsonl","policy":"strict"}')
  const kernel = openKernel(dir, { ...trainer(), lookMs: 0 })
  expect(kernel.continueFrom({ step: 0, maxSteps: 2000 }).stop).toBe(false)
  const last = Math.max(...read.value.entries.map(({ at }) => at.step))
  for (let step = 0; step <= last + 1; step++) {
    kernel.apply({ step, maxSteps: 2000 }, ['train_step_end'])
    // The golden runs had two safe points at some steps.
    kernel.apply({ step, maxSteps: 2000 }, ['val_epoch_end'])
  }
  kernel.close()
  return { entries: read.value.entries, lines: ledger(dir).filter(({ source }) => source === 'replay') }
}

for (const [folder, recipe] of [
  ['ours', 'exported.jsonl'],
  ['hotcb2', 'exported.jsonl'],
  ['hotcb2', 'hotcb.recipe.jsonl'],
] as const) {
  test(`the golden ${recipe} of ${folder} is replayed completely, each entry at its place`, () => {
    const { entries, lines } = replayed(folder, recipe)
    const wanted = entries.filter(({ module }) => module !== 'core').sort((a, b) => a.at.step - b.at.step)
    expect(
      lines.map(({ step, module, op, id, decision, notes }) => ({ step, module, op, id, decision, notes })),
    ).toEqual(
      wanted.map(({ at, module, op, id }) => ({ step: at.step, module, op, id, decision: 'applied', notes: null })),
    )
    for (const [i, { params = null }] of wanted.entries()) {
      // The values are those of the recipe, in the notation of the control.
      if (params !== null)
        expect(Object.values(lines[i]?.payload ?? {})).toEqual(expect.arrayContaining(valuesOf(params)))
    }
  })
}

// With a rate the scale may be computed again.
function valuesOf(params: object): unknown[] {
  return Object.entries(params).flatMap(([key, value]) => (key === 'lr' && 'scheduler_scale' in params ? [] : [value]))
}
