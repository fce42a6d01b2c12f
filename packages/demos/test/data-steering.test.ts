import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFinetuneTrainer } from '../src/digits/finetune.ts'
import { runDemo } from '../src/index.ts'
import { NO_SCREEN } from '../src/run/screen.ts'
import { command, document, ledger, metrics, temporaryDir } from './run-support.ts'

const CHANGES = [
  { cid: 'a', module: 'data', op: 'set_params', params: { 'data.old_share': 0.5 }, at: { step: 40 } },
  { cid: 'b', module: 'ctl', op: 'call', id: 'data.skip', params: { args: [50, 59] }, at: { step: 45 } },
  { cid: 'c', module: 'data', op: 'set_params', params: { 'data.old_share': 0.25 }, at: { step: 70 } },
]

async function train(dir: string, more: { readonly continue?: true } = {}): Promise<unknown> {
  expect(await runDemo({ dir, config: 'finetune', seed: 3, maxSteps: 90, screen: NO_SCREEN, ...more })).toBe(0)
  return document(dir, 'hotcb.run.json')['weights_sha256']
}

/** The metrics of each step, without times. */
function measured(dir: string): unknown[] {
  return metrics(dir).map(({ step, metrics: values }) => ({ step, values }))
}

function samplesAt(dir: string, wanted: number): unknown {
  const found = metrics(dir).find(({ step, metrics: values }) => step === wanted && 'samples/old' in values)
  return found && [found.metrics['samples/old'], found.metrics['samples/new']]
}

test('a change of the data and a skip are replayed bit for bit, with the same counts for each source', async () => {
  const [live, again] = [temporaryDir(), temporaryDir()]
  command(live, ...CHANGES)
  const weights = await train(live)
  const lines = ledger(live).filter(({ source }) => source === 'external')
  expect(lines.map(({ cid, step, decision }) => [cid, step, decision])).toEqual([
    ['a', 40, 'applied'],
    ['b', 45, 'applied'],
    ['c', 70, 'applied'],
  ])
  const entries = lines.map(({ step, event, call, module, op, id, payload }) => {
    return { at: { step, event, call }, module, op, id, params: payload }
  })
  writeFileSync(join(again, 'recipe.jsonl'), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  writeFileSync(
    join(again, 'hotcb.freeze.json'),
    JSON.stringify({ mode: 'replay', recipe_path: 'recipe.jsonl', policy: 'strict' }),
  )
  expect(await train(again)).toBe(weights)
  expect(measured(again)).toEqual(measured(live))
  // New digits begin at place 30, the change at step 40 takes effect at step 41, and the skip trains nothing twice.
  expect([29, 40, 41, 70, 89].map((step) => samplesAt(live, step))).toEqual([
    [960, 0],
    [960, 352],
    [976, 368],
    [1440, 832],
    [1592, 1288],
  ])
})

test('a checkpoint contains the counts and the skip', async () => {
  const [whole, parts] = [temporaryDir(), temporaryDir()]
  command(whole, ...CHANGES)
  const weights = await train(whole)
  mkdirSync(parts, { recursive: true })
  command(parts, ...CHANGES, { cid: 'd', module: 'core', op: 'stop', params: {}, at: { step: 60 } })
  await train(parts)
  expect(await train(parts, { continue: true })).toBe(weights)
  expect(samplesAt(parts, 89)).toEqual(samplesAt(whole, 89))
})

test('a skip omits data and does not count it', async () => {
  const trainer = await createFinetuneTrainer(5, { seed: 1 })
  trainer.skipData(2, 6)
  trainer.data.oldShare = 0.5
  const counts = [0, 1, 2, 3].map((step) => trainer.trainStep(step).samples)
  expect(counts).toEqual([
    { old: 32, new: 0 },
    { old: 64, new: 0 },
    { old: 80, new: 16 },
    { old: 96, new: 32 },
  ])
})
