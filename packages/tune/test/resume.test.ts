import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { ledger, runDir, storyAt } from './run-dir.ts'
import { train } from './training.ts'

/** A tuner's beliefs, without the numbers of ledger lines: those differ if lines were written again after a kill. */
function beliefs(dir: string) {
  return storyAt(dir).mutations.map(({ id, from, to, state, judgement, appliedStep }) => ({
    id,
    from,
    to,
    state,
    appliedStep,
    decision: judgement?.decision,
    score: judgement?.score,
    step: judgement?.step,
  }))
}

test('killed at any step and continued, it reaches the same changes, verdicts and losses as without a kill', () => {
  const whole = runDir()
  const uninterrupted = train({ dir: whole, until: 320, saveEvery: 50 })
  for (const kill of [63, 71, 72, 81, 82, 101, 150, 151, 155, 222]) {
    const dir = runDir()
    const first = train({ dir, until: kill, saveEvery: 50, isKilled: true })
    const then = train({ dir, until: 320, saveEvery: 50 })
    expect(beliefs(dir), `killed at ${kill}`).toEqual(beliefs(whole))
    const losses = new Map([...first.losses, ...then.losses])
    expect([...losses], `killed at ${kill}`).toEqual([...uninterrupted.losses])
    const cids = ledger(dir).flatMap(({ cid, of }) => (cid !== null && of === null && cid.startsWith('tune-m') ? [cid] : []))
    expect(new Set(cids).size, `killed at ${kill}`).toBe(cids.length)
  }
}) // biome-ignore format: more readable

test('a trainer without a tuner replays a tuned run bit for bit', () => {
  const dir = runDir()
  let harm = 0
  const tuned = train({
    dir,
    until: 320,
    // One change turns out bad: the run goes back to its checkpoint.
    before: (step, kernel) => {
      if (step === 100 && harm++ === 0) kernel.submit({ module: 'opt', op: 'set_params', params: { lr: 0.2 }, source: 'cli' })
    },
  })
  expect(storyAt(dir).mutations.some(({ judgement }) => judgement?.putBack === 'weights')).toBe(true)
  const exported = exportRecipe(ledger(dir))
  if (!exported.ok) throw new Error(exported.reason)
  const recipe = exported.value
  expect(recipe.entries.some(({ module }) => module === 'tune')).toBe(false)
  expect(recipe.entries.length).toBeGreaterThan(2)
  const again = runDir()
  mkdirSync(again, { recursive: true })
  writeFileSync(join(again, 'hotcb.recipe.jsonl'), formatRecipe(recipe.entries))
  writeFileSync(join(again, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"hotcb.recipe.jsonl","policy":"strict"}\n')
  const replayed = train({ dir: again, until: 320, modules: [] })
  expect([...replayed.losses]).toEqual([...tuned.losses])
  // If there is a tuner, the recipe takes precedence, and the tuner does nothing.
  const third = runDir()
  for (const name of ['hotcb.recipe.jsonl', 'hotcb.freeze.json']) copyFileSync(join(again, name), join(third, name))
  const beside = train({ dir: third, until: 320 })
  expect([...beside.losses]).toEqual([...tuned.losses])
  expect(ledger(third).filter(({ source }) => source === 'tune')).toEqual([])
}) // biome-ignore format: more readable
