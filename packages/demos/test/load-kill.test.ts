import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadStory } from './kill/load-story.ts'
import { buildPrograms, type Programs } from './kill/programs.ts'
import { temporaryDir } from './run-support.ts'

// `pnpm soak` runs more stories with another seed.
const STORIES = Number(process.env['HOTCB_STORIES'] ?? 6)
const SEED = Number(process.env['HOTCB_SEED'] ?? 1)
const KILLS = 6

let programs: Programs
beforeAll(async () => {
  programs = await buildPrograms()
})

test('a run that is changed, rewound and killed at random decides each command once, and its fold and its replay agree with it', {
  timeout: (15 + STORIES) * 60_000,
}, async () => {
  let [loads, ends] = [0, 0]
  for (let seed = SEED; seed < SEED + STORIES; seed++) {
    const dir = join(temporaryDir(), String(seed))
    mkdirSync(dir)
    const result = await loadStory(dir, programs.loads, seed, KILLS)
    if (process.env['HOTCB_STORIES'] !== undefined) process.stdout.write(`${JSON.stringify(result)}\n`)
    expect(result.wrong, `seed ${seed}`).toEqual([])
    loads += result.loads
    ends += result.ends
  }
  expect(loads).toBeGreaterThan(0)
  expect(ends).toBeGreaterThan(0)
})
