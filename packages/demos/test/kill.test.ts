import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildPrograms, type Programs } from './kill/programs.ts'
import { killStory, type StoryOptions, type StoryResult } from './kill/story.ts'
import { temporaryDir } from './run-support.ts'

// `pnpm soak` runs more stories with another seed.
const KILLS = Number(process.env['HOTCB_KILLS'] ?? 60)
const SEED = Number(process.env['HOTCB_SEED'] ?? 1)
const DEMO_KILLS = Math.ceil(KILLS / 5)
const MINUTES = 60_000

let programs: Programs
beforeAll(async () => {
  programs = await buildPrograms()
})

test('a trainer killed at any moment loses no line, repeats no command and ends as if all changes had been scheduled', {
  timeout: (15 + KILLS / 20) * MINUTES,
}, async () => {
  const results = await killed(KILLS - DEMO_KILLS, {
    trainer: 'plain',
    maxSteps: 300,
    stepMs: 1,
    checkpointEvery: 9,
    lifeMs: 350,
  })
  expect(results.reduce((sum, { killedInHistory }) => sum + killedInHistory, 0)).toBeGreaterThan(0)
  expect(results.reduce((sum, { fromNothing }) => sum + fromNothing, 0)).toBeGreaterThan(0)
})

test('the same holds for the demo', { timeout: (15 + KILLS / 20) * MINUTES }, async () => {
  await killed(DEMO_KILLS, { trainer: 'demo', maxSteps: 120, stepMs: 4, checkpointEvery: 15, lifeMs: 500 })
})

test('the same holds for several ranks, whose processes end with the killed one', {
  timeout: (15 + KILLS / 20) * MINUTES,
}, async () => {
  await killed(DEMO_KILLS, { trainer: 'demo', ranks: 2, maxSteps: 120, stepMs: 4, checkpointEvery: 15, lifeMs: 700 })
})

/** Runs stories until there have been `kills` kills; each must be free of errors. */
async function killed(kills: number, options: Omit<StoryOptions, 'seed' | 'kills'>): Promise<StoryResult[]> {
  const results: StoryResult[] = []
  for (let left = kills, seed = SEED; left > 0; seed++) {
    const dir = join(temporaryDir(), String(seed))
    mkdirSync(dir)
    const result = await killStory(dir, programs, { ...options, seed, kills: Math.min(left, 10) })
    if (process.env['HOTCB_KILLS'] !== undefined) process.stdout.write(`${JSON.stringify({ seed, ...result })}\n`)
    expect(result.wrong, `seed ${seed}`).toEqual([])
    expect(result.weights, `seed ${seed}`).toBe(result.scheduledWeights)
    expect(result.weights).toMatch(/^[0-9a-f]{64}$/)
    results.push(result)
    left -= result.kills
  }
  return results
}
