import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HotModule } from '@hotcb/protocol'
import { exportRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { latestCheckpoint, openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir } from './run-dir.ts'

const SAVE = { module: 'core', op: 'checkpoint', params: { action: 'save' } }

/** Remembers the steps it was told of. */
function listener(): HotModule & { steps: number[] } {
  const steps: number[] = []
  return { name: 'ear', steps, onEvent: (_event, env) => void steps.push(env.step), snapshot: () => [...steps] }
}

test('a checkpoint holds what the modules were told of its step, which is never trained again', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { modules: [listener()], checkpoints: { save: () => undefined }, lookMs: 0 })
  for (let step = 0; step < 3; step++) {
    if (step === 2) kernel.submit(SAVE)
    kernel.apply({ step }, ['train_step_end'])
  }
  expect(latestCheckpoint(dir)).toMatchObject({ step: 3, modules: { ear: [0, 1, 2] } })
  kernel.close()
})

test('several checkpoints of one safe point are all saved, promises in turn', async () => {
  const dir = runDir()
  const saved: string[] = []
  const save = async ({ tag }: { readonly tag: string }): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, tag === 'a' ? 20 : 0))
    saved.push(tag)
  }
  const kernel = openKernel(dir, { modules: [listener()], checkpoints: { save }, lookMs: 0 })
  for (const tag of ['a', 'b']) command(dir, { ...SAVE, cid: tag, params: { action: 'save', tag } })
  await kernel.applyAsync({ step: 0 }, ['train_step_end'])
  expect(saved).toEqual(['a', 'b'])
  expect(answers(dir).map(({ cid, decision }) => [cid, decision])).toEqual([
    ['a', 'applied'],
    ['b', 'applied'],
  ])
  kernel.close()
})

test('a checkpoint that is asked for within a pause is saved before the pause ends', async () => {
  const dir = runDir()
  const ear = listener()
  const kernel = openKernel(dir, { modules: [ear], checkpoints: { save: () => undefined }, lookMs: 0 })
  command(dir, { cid: 'a', module: 'core', op: 'pause' })
  const paused = kernel.applyAsync({ step: 0 }, ['train_step_end'])
  command(dir, { ...SAVE, cid: 'b' })
  while (latestCheckpoint(dir) === null) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(ear.steps).toEqual([0])
  command(dir, { cid: 'c', module: 'core', op: 'resume' })
  await paused
  expect(ear.steps).toEqual([0])
  kernel.close()
})

test('a checkpoint asked for before a load at the same safe point is of the state before it', () => {
  const dir = runDir()
  let weights = 1
  const kernel = openKernel(dir, {
    checkpoints: {
      save: ({ dir: folder }) => writeFileSync(join(folder, 'weights'), String(weights)),
      load: ({ dir: folder }) => {
        weights = Number(readFileSync(join(folder, 'weights'), 'utf8'))
        return undefined
      },
    },
    lookMs: 0,
  })
  kernel.submit(SAVE)
  kernel.apply({ step: 0 })
  weights = 2
  command(dir, { ...SAVE, cid: 'a' })
  command(dir, { cid: 'b', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'step-1' } })
  expect(kernel.apply({ step: 1 }).rewound).toBe(1)
  expect(weights).toBe(1)
  expect(readFileSync(join(dir, 'hotcb.checkpoints/step-2/weights'), 'utf8')).toBe('2')
  expect(ledger(dir).map(({ op }) => op)).toEqual(['attempt', 'checkpoint', 'checkpoint', 'checkpoint', 'attempt'])
  kernel.close()
})

test('a load whose save stands in history is told by it; any other carries a note, and export refuses the run', () => {
  const dir = runDir()
  let weights = 0
  const kernel = openKernel(dir, {
    checkpoints: {
      save: ({ dir: folder }) => writeFileSync(join(folder, 'weights'), String(weights)),
      load: ({ dir: folder }) => {
        weights = Number(readFileSync(join(folder, 'weights'), 'utf8'))
        return undefined
      },
    },
    lookMs: 0,
  })
  const load = (tag: string): void =>
    command(dir, { cid: tag, module: 'core', op: 'checkpoint', params: { action: 'load', tag } })
  kernel.submit({ ...SAVE, params: { action: 'save', tag: 'own' } })
  kernel.apply({ step: 0 })
  // As a person does who brings weights from elsewhere.
  cpSync(join(dir, 'hotcb.checkpoints/own'), join(dir, 'hotcb.checkpoints/brought'), { recursive: true })
  load('own')
  kernel.apply({ step: 1 })
  load('brought')
  kernel.apply({ step: 1 })
  kernel.close()

  const loads = answers(dir)
  expect(loads.map(({ cid, decision, notes }) => ({ cid, decision, notes }))).toEqual([
    { cid: 'own', decision: 'applied', notes: null },
    {
      cid: 'brought',
      decision: 'applied',
      notes: "the save of this checkpoint does not stand in this run's history: a recipe will not give the run again",
    },
  ])
  const lines = ledger(dir)
  expect(exportRecipe(lines)).toEqual({
    ok: false,
    reason: expect.stringContaining(`seq ${loads[1]?.seq} loads checkpoint \`brought\``),
  })
  expect(exportRecipe(lines.filter(({ seq }) => seq < (loads[1]?.seq ?? 0)))).toMatchObject({ ok: true })
})
