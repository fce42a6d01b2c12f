import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { latestCheckpoint, type OpenKernelOptions } from '@hotcb/kernel/node'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { openRun, type Run, readLedger, recorded, temporaryFolder } from './support.ts'

// A callback that counts the events since it was loaded, and stores its count in a snapshot.
const COUNTER = `
  export class Counter {
    constructor() { this.count = 0 }
    handle(event, env) { this.count++; globalThis.heardCount.push(env.step + ':' + this.count) }
    snapshot() { return this.count }
    restore(count) { this.count = count }
  }`

const checkpoints: OpenKernelOptions['checkpoints'] = { save: () => undefined, load: () => undefined }
const STEPS = 12

/** Trains to the end, from the newest checkpoint if there is one, and reports each load. */
function train(run: Run, plan: Readonly<Record<number, () => void>>, until = STEPS): void {
  const checkpoint = latestCheckpoint(run.dir)
  let step = checkpoint?.step ?? 0
  run.kernel.continueFrom({ step }, checkpoint?.snapshot)
  const done = new Set<number>()
  while (step < until) {
    if (!done.has(step)) plan[step]?.()
    done.add(step)
    step = run.kernel.apply({ step }, ['train_step_end']).rewound ?? step + 1
  }
}

function planOf(run: Run, at: number, words: readonly (() => void)[]): Readonly<Record<number, () => void>> {
  return { 2: () => run.load('c', run.write('c.mjs', COUNTER), 'Counter'), [at]: () => sayAll(words) }
}

function sayAll(words: readonly (() => void)[]): void {
  for (const say of words) say()
}

const core =
  (run: Run, op: string, params = {}) =>
  () =>
    run.command(op, 'main', { params }, 'core')
const save = (run: Run) => core(run, 'checkpoint', { action: 'save', tag: 'k' })
const load = (run: Run) => core(run, 'checkpoint', { action: 'load', tag: 'k' })
const reload = (run: Run) => () => run.load('c', 'c.mjs', 'Counter')

const STORIES: Readonly<Record<string, (run: Run) => Readonly<Record<number, () => void>>>> = {
  'loaded again during a pause, after a save': (run) =>
    planOf(run, 6, [core(run, 'pause'), save(run), reload(run), core(run, 'resume')]),
  'loaded again after a checkpoint load at the same safe point': (run) => ({
    ...planOf(run, 5, [save(run)]),
    9: () => sayAll([load(run), reload(run)]),
  }),
}

test.each(Object.entries(STORIES))(
  'a callback %s reaches the same count after a kill and in a replay',
  (_name, story) => {
    const heard = recorded('heardCount')
    const run = openRun({ kernel: { checkpoints } })
    train(run, story(run))
    const live = lastOfEachStep(heard)
    expect(live[live.length - 1]).not.toBe(`${STEPS - 1}:${STEPS - 2}`)

    // Killed at the end: nothing was closed. The steps after the checkpoint are trained again.
    heard.length = 0
    const again = openRun({ dir: run.dir, kernel: { checkpoints } })
    train(again, {})
    expect(lastOfEachStep(heard)).toEqual(live.slice(-lastOfEachStep(heard).length))
    again.close()

    heard.length = 0
    const recipe = exportRecipe(readLedger(run.dir))
    if (!recipe.ok) throw new Error(recipe.reason)
    const copy = temporaryFolder()
    cpSync(join(run.dir, 'hotcb.sources'), join(copy, 'hotcb.sources'), { recursive: true })
    writeFileSync(join(copy, 'hotcb.recipe.jsonl'), formatRecipe(recipe.value.entries))
    writeFileSync(join(copy, 'hotcb.freeze.json'), JSON.stringify({ mode: 'replay', policy: 'strict' }))
    train(openRun({ dir: copy, kernel: { checkpoints } }), {})
    expect(lastOfEachStep(heard)).toEqual(live)
  },
)

/** The count at each step; for a step that was trained twice, the last one. */
function lastOfEachStep(heard: readonly string[]): readonly string[] {
  const steps = new Map(heard.map((line) => [Number(line.split(':')[0]), line]))
  return [...steps].sort(([a], [b]) => a - b).map(([, line]) => line)
}
