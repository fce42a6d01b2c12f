import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HotModule, LedgerLine } from '@hotcb/protocol'
import { exportRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import type { Kernel } from '../src/index.ts'
import { latestCheckpoint, listCheckpoints, openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

const SAVE = { module: 'core', op: 'checkpoint', params: { action: 'save' } }

/** Remembers the steps whose events it received. */
function listener(): HotModule & { steps: number[] } {
  const steps: number[] = []
  return { name: 'ear', steps, onEvent: (_event, env) => void steps.push(env.step), snapshot: () => [...steps] }
}

test('a checkpoint includes the events of its step, which is never trained again', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { modules: [listener()], checkpoints: { save: () => undefined }, lookMs: 0 })
  for (let step = 0; step < 3; step++) {
    if (step === 2) kernel.submit(SAVE)
    kernel.apply({ step }, ['train_step_end'])
  }
  expect(latestCheckpoint(dir)).toMatchObject({ step: 3, modules: { ear: [0, 1, 2] } })
  kernel.close()
})

test('all checkpoints of one safe point are saved, and promises are awaited one after another', async () => {
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

test('a checkpoint requested during a pause is saved before the pause ends', async () => {
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

test('a checkpoint requested before a load at the same safe point contains the state before the load', () => {
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

test('a load whose save is in history is replayable; any other has a note, and export refuses the run', () => {
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
  // As when a person copies weights from elsewhere.
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
      notes: "the save of this checkpoint is not part of this run's history: a recipe cannot reproduce this run",
    },
  ])
  const lines = ledger(dir)
  expect(exportRecipe(lines)).toEqual({
    ok: false,
    reason: expect.stringContaining(`seq ${loads[1]?.seq} loads checkpoint \`brought\``),
  })
  expect(exportRecipe(lines.filter(({ seq }) => seq < (loads[1]?.seq ?? 0)))).toMatchObject({ ok: true })
})

test('`keep` must be a whole number of at least 1, otherwise nothing is created on disk', () => {
  const dir = join(runDir(), 'run')
  for (const keep of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as unknown as number]) {
    expect(() => openKernel(dir, { checkpoints: { keep } })).toThrow(RangeError)
  }
  expect(() => openKernel(dir, { checkpoints: { keep: 0 } })).toThrow(
    '`keep` must be a whole number of at least 1, got 0: leave it out to keep all',
  )
  expect(existsSync(dir)).toBe(false)
})

/** Opens a kernel that saves only an empty folder. */
function saving(dir: string, keep?: number): Kernel {
  return openKernel(dir, {
    checkpoints: { save: () => undefined, load: () => undefined, ...(keep && { keep }) },
    lookMs: 0,
  })
}

function tagsOf(dir: string): readonly string[] {
  return listCheckpoints(dir).map(({ tag }) => tag)
}

test('the newest checkpoints are kept, by step and not by name, and those with a custom tag are always kept', () => {
  const dir = runDir()
  const kernel = saving(dir, 2)
  for (const [step, tag] of [[7, 'mine'], [8], [9], [10], [99], [100]] as const) {
    kernel.submit({ ...SAVE, params: { action: 'save', ...(tag !== undefined && { tag }) } })
    kernel.apply({ step })
  }
  kernel.close()
  expect(tagsOf(dir)).toEqual(['mine', 'step-100', 'step-101'])
  expect(latestCheckpoint(dir)?.tag).toBe('step-101')
})

test('the checkpoint just saved is kept, even if an earlier training run got further', () => {
  const dir = runDir()
  const first = saving(dir, 1)
  for (const step of [8, 9]) {
    first.submit(SAVE)
    first.apply({ step })
  }
  first.close()
  const second = saving(dir, 1)
  second.continueFrom({ step: 3 })
  for (const step of [3, 4]) {
    second.submit(SAVE)
    second.apply({ step })
  }
  second.close()
  expect(tagsOf(dir)).toEqual(['step-5', 'step-10'])
})

/** Sends one command and returns the line that answers it. */
function ask(dir: string, kernel: Kernel, step: number, line: Record<string, unknown>): LedgerLine | undefined {
  const cid = `c${step}`
  command(dir, { cid, module: 'core', op: 'checkpoint', ...line })
  kernel.apply({ step })
  return answers(dir).find((one) => one.cid === cid)
}

test("a drop deletes a machine's checkpoint immediately, a person's or one of unknown origin only when confirmed", () => {
  const dir = runDir()
  const kernel = saving(dir)
  const save = (step: number, tag: string, who: object) =>
    ask(dir, kernel, step, { ...who, params: { action: 'save', tag } })
  const drop = (step: number, tag: string, more: object = {}) =>
    ask(dir, kernel, step, { source: 'autopilot', params: { action: 'drop', tag, ...more } })
  save(0, 'tuned', { source: 'tune', author: 'ann' })
  save(1, 'best', { source: 'cli', author: 'ann' })
  save(2, 'own', {})
  kernel.submit({ ...SAVE, params: { action: 'save', tag: 'auto' } })
  kernel.apply({ step: 3 })
  mkdirSync(join(dir, 'hotcb.checkpoints/brought'))
  const meta = (tag: string) => JSON.parse(readFileSync(join(dir, 'hotcb.checkpoints', tag, 'meta.json'), 'utf8'))
  expect(meta('best')).toMatchObject({ step: 2, by: { source: 'cli', author: 'ann' } })
  expect(meta('auto')).toMatchObject({ step: 4, by: { source: 'trainer', author: null } })

  expect(drop(4, 'tuned')).toMatchObject({
    decision: 'applied',
    payload: { action: 'drop', tag: 'tuned', step: 1, by: { source: 'tune', author: 'ann' } },
  })
  expect(drop(5, 'auto')).toMatchObject({ decision: 'applied' })
  expect(drop(6, 'best')).toMatchObject({
    decision: 'failed',
    error: 'checkpoint `best` was saved by a person (ann, cli): add `--yes` to delete it',
  })
  expect(drop(7, 'own')?.error).toBe('checkpoint `own` was saved by a person (external): add `--yes` to delete it')
  expect(drop(8, 'brought')?.error).toBe(
    "checkpoint `brought` does not record who saved it and may be a person's: add `--yes` to delete it",
  )
  expect(drop(9, 'best', { yes: 1 })?.error).toBe('`yes` must be true or false, got 1')
  expect(drop(10, 'brougth')?.error).toBe('the checkpoint `brougth` does not exist: did you mean `brought`?')
  expect(ask(dir, kernel, 11, { params: { action: 'drop' } })?.error).toBe(
    '`tag` is missing: name the checkpoint to drop',
  )
  expect(readdirSync(join(dir, 'hotcb.checkpoints')).sort()).toEqual(['best', 'brought', 'own'])
  for (const [i, tag] of ['best', 'own', 'brought'].entries()) {
    expect(drop(12 + i, tag, { yes: true })).toMatchObject({ decision: 'applied' })
  }
  expect(drop(15, 'best', { yes: true })?.error).toBe('there is no checkpoint to drop')
  expect(readdirSync(join(dir, 'hotcb.checkpoints'))).toEqual([])
  kernel.close()
})

test('a frozen run drops nothing', () => {
  for (const [mode, decision] of [
    ['prod', 'ignored_freeze'],
    ['replay', 'ignored_replay'],
  ] as const) {
    const dir = runDir()
    const kernel = saving(dir)
    kernel.submit({ ...SAVE, params: { action: 'save', tag: 'auto' } })
    kernel.apply({ step: 0 })
    writeFileSync(join(dir, 'r.jsonl'), '')
    writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify({ mode, recipe_path: 'r.jsonl' }))
    expect(ask(dir, kernel, 1, { params: { action: 'drop', tag: 'auto', yes: true } })).toMatchObject({ decision })
    expect(tagsOf(dir)).toEqual(['auto'])
    kernel.close()
  }
})

test('a checkpoint saved and then dropped at one safe point is deleted, and one dropped and then saved exists', () => {
  const dir = runDir()
  const kernel = saving(dir)
  const op = (action: string) => kernel.submit({ ...SAVE, params: { action, tag: 'a' } })
  for (const action of ['save', 'drop']) op(action)
  kernel.apply({ step: 0 }, ['train_step_end'])
  expect(tagsOf(dir)).toEqual([])
  op('save')
  kernel.apply({ step: 1 })
  for (const action of ['drop', 'save']) op(action)
  kernel.apply({ step: 2 })
  kernel.close()
  expect(listCheckpoints(dir)).toMatchObject([{ tag: 'a', step: 3 }])
  const told = ledger(dir).filter(({ op: name }) => name === 'checkpoint')
  expect(told.map(({ payload, decision }) => [payload?.action, decision])).toEqual(
    ['save', 'drop', 'save', 'drop', 'save'].map((action) => [action, 'applied']),
  )
})

test('after a drop a restart continues from the newest remaining checkpoint, and re-applies later changes', () => {
  const dir = runDir()
  const trainer = toyTrainer()
  const options = { checkpoints: { save: () => undefined }, lookMs: 0 }
  const first = openKernel(dir, { ...options, state: trainer.state })
  for (let step = 0; step < 6; step++) {
    if (step % 2 === 1) first.submit(SAVE)
    if (step === 4) first.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
    first.apply({ step })
  }
  command(dir, { cid: 'd', module: 'core', op: 'checkpoint', params: { action: 'drop', tag: 'step-6' } })
  first.apply({ step: 6 })
  first.close()
  const checkpoint = latestCheckpoint(dir)
  expect(checkpoint?.step).toBe(4)
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { ...options, state })
  second.continueFrom({ step: checkpoint?.step ?? 0 }, checkpoint?.modules)
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
  for (let step = 4; step < 8; step++) second.apply({ step })
  second.close()
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
  // The drop was decided once and is not repeated.
  expect(answers(dir).map(({ cid, decision }) => [cid, decision])).toEqual([['d', 'applied']])
  expect(exportRecipe(ledger(dir))).toMatchObject({ ok: true })
})

test('a save requested before the loop contains the state before its first step, and can be loaded', () => {
  const dir = runDir()
  let weights = 1
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, {
    state,
    checkpoints: {
      save: ({ dir: folder }) => writeFileSync(join(folder, 'weights'), String(weights)),
      load: ({ dir: folder }) => {
        weights = Number(readFileSync(join(folder, 'weights'), 'utf8'))
        return undefined
      },
    },
    lookMs: 0,
  })
  kernel.submit({ ...SAVE, params: { action: 'save', tag: 'start' } })
  kernel.continueFrom({ step: 0 })
  expect(latestCheckpoint(dir)).toMatchObject({ tag: 'start', step: 0 })
  weights = 2
  kernel.apply({ step: 0 })
  command(dir, { cid: 'l', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'start' } })
  command(dir, { cid: 's', module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
  expect(kernel.apply({ step: 1 }).rewound).toBe(0)
  expect([weights, optimizer.paramGroups[0]?.momentum]).toEqual([1, 0.5])
  kernel.close()
  expect(answers(dir).map(({ cid, decision, notes }) => [cid, decision, notes])).toEqual([
    ['l', 'applied', null],
    ['s', 'applied', null],
  ])
  expect(exportRecipe(ledger(dir))).toMatchObject({
    ok: true,
    value: { entries: [{ at: { step: -1, call: 0, end: true } }] },
  })
})

test('a branch is saved as a checkpoint, and its line states the purpose', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { checkpoints: { save: () => undefined }, lookMs: 0 })
  command(dir, { cid: 'b', module: 'core', op: 'checkpoint', params: { action: 'branch', tag: 'other' } })
  kernel.apply({ step: 4 })
  kernel.close()
  expect(latestCheckpoint(dir)).toMatchObject({ tag: 'other', step: 5 })
  expect(answers(dir)).toMatchObject([{ decision: 'applied', payload: { action: 'branch', tag: 'other', step: 5 } }])
})

test('a restart continues from a checkpoint that a sweep copied here only after it was loaded', () => {
  const dir = runDir()
  const open = () => openKernel(dir, { checkpoints: { save: () => undefined, load: () => undefined }, lookMs: 0 })
  const kernel = open()
  kernel.submit({ ...SAVE, params: { action: 'save', tag: 'own' } })
  kernel.apply({ step: 0 })
  const folder = join(dir, 'hotcb.checkpoints')
  cpSync(join(folder, 'own'), join(folder, 'copy'), { recursive: true })
  const meta = JSON.parse(readFileSync(join(folder, 'own/meta.json'), 'utf8'))
  const copied = { ...meta, step: 50, seq: 2, kernel: { ...meta.kernel, copied: true } }
  writeFileSync(join(folder, 'copy/meta.json'), JSON.stringify(copied))
  expect(latestCheckpoint(dir)?.tag).toBe('own')
  command(dir, { cid: 'a', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'copy' } })
  kernel.apply({ step: 1 })
  kernel.close()
  expect(latestCheckpoint(dir)).toMatchObject({ tag: 'copy', step: 50 })
})
