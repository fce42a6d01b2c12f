import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ledger, own, runDir, storyAt } from './run-dir.ts'
import { train } from './training.ts'

const UNTIL = 220
const out = mkdtempSync(join(tmpdir(), 'hotcb-tune-program-'))
const program = join(out, 'killed-trainer.mjs')

beforeAll(async () => {
  const entry = fileURLToPath(new URL('./fixtures/killed-trainer.ts', import.meta.url))
  await build({
    ...{ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm', target: 'node20.19' },
    ...{ conditions: ['@hotcb/source'], logLevel: 'error' },
  })
})

afterAll(() => rmSync(out, { recursive: true, force: true }))

/** Trains in its own process; returns the signal that ended it. */
function trainProcess(dir: string, ...args: readonly (string | number)[]): NodeJS.Signals | null {
  const { signal, status, stderr } = spawnSync(process.execPath, [program, dir, String(UNTIL), ...args.map(String)], { encoding: 'utf8' })
  if (signal === null && status !== 0) throw new Error(stderr)
  return signal
} // biome-ignore format: more readable

function beliefs(dir: string) {
  return storyAt(dir).mutations.map(({ id, from, to, state, appliedStep, judgement, twin }) => ({
    ...{ id, from, to, state, appliedStep, twin },
    ...{ decision: judgement?.decision, score: judgement?.score, step: judgement?.step },
  }))
}

/** The last loss of each step: if a step was trained twice, the later loss counts. */
function lossesOf(dir: string): readonly (readonly [number, number])[] {
  const lines = readFileSync(join(dir, 'losses.jsonl'), 'utf8').split('\n').filter(Boolean)
  return [...new Map<number, number>(lines.map((line) => JSON.parse(line)))].sort(([a], [b]) => a - b)
}

test('a process that is killed several times during `evaluateFrom` reaches the same beliefs, repeats no change, and replays exactly', () => {
  const whole = runDir()
  expect(trainProcess(whole)).toBeNull()
  const dir = runDir()
  // In order: while a promise is pending; before the first step of a twin; in its middle; before the last step of the next twin.
  expect(trainProcess(dir, 1, 84, 'pending')).toBe('SIGKILL')
  const open = storyAt(dir).mutations
  expect(open).toMatchObject([{ state: 'applied', judgement: null }])
  expect(trainProcess(dir, 1, 0)).toBe('SIGKILL')
  expect(trainProcess(dir, 1, 5)).toBe('SIGKILL')
  expect(storyAt(dir).mutations).toEqual(open)
  expect(trainProcess(dir, 2, 8)).toBe('SIGKILL')
  expect(storyAt(dir).mutations).toMatchObject([{ state: 'accepted' }, { state: 'applied', judgement: null }])
  expect(trainProcess(dir)).toBeNull()

  expect(beliefs(dir)).toEqual(beliefs(whole))
  expect(beliefs(dir).filter(({ twin }) => twin !== null).length).toBeGreaterThan(2)
  expect(lossesOf(dir)).toEqual(lossesOf(whole))
  const made = ledger(dir).flatMap(({ cid, of }) => (cid?.startsWith('tune-m') === true && of === null ? [cid] : []))
  expect(made).toEqual([...new Set(made)])
  const judged = own(dir, 'judge').flatMap(({ params, of }) => (of === null ? [params?.['m']] : []))
  expect(judged).toEqual([...new Set(judged)])

  const exported = exportRecipe(ledger(dir))
  if (!exported.ok) throw new Error(exported.reason)
  const replayed = runDir()
  writeFileSync(join(replayed, 'hotcb.recipe.jsonl'), formatRecipe(exported.value.entries))
  writeFileSync(join(replayed, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"hotcb.recipe.jsonl","policy":"strict"}\n')
  expect([...train({ dir: replayed, until: UNTIL, modules: [] }).losses]).toEqual(lossesOf(dir))
}) // biome-ignore format: more readable
