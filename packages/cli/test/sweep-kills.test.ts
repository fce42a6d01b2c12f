import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildProgram, temporaryDirectory } from './program.ts'
import { killStory } from './sweep/kill-story.ts'

// `pnpm soak` runs more stories, with another seed.
const STORIES = Number(process.env['HOTCB_SWEEPS'] ?? 2)
const SEED = Number(process.env['HOTCB_SEED'] ?? 1)

beforeAll(() => {
  buildProgram()
})

test('a sweep whose program is killed at random points runs each attempt at most once, skips no trial and ends with correct views', {
  timeout: (15 + STORIES) * 60_000,
}, async () => {
  const dir = temporaryDirectory()
  let kills = 0
  for (let seed = SEED; seed < SEED + STORIES; seed++) {
    const root = join(dir, String(seed))
    mkdirSync(root)
    const story = await killStory(root, seed)
    if (process.env['HOTCB_SWEEPS'] !== undefined) process.stdout.write(`${JSON.stringify({ seed, ...story })}\n`)
    expect(story.wrong, `seed ${seed}`).toEqual([])
    kills += story.killed.length
  }
  expect(kills).toBeGreaterThan(0)
})
