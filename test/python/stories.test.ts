import { appendFileSync, cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Command, patches, recipe, storyForBoth, storyForOurs } from './arbitraries.ts'
import { linesOf, ours, type PythonLoop, pythonLoop, temporaryDirectory } from './peers.ts'
import { startTrainer, type Trainer } from './trainer.ts'

// The other kernel reproduces any run of one kernel: the same values after every step, the same callback output.
const runs = { numRuns: Number(process.env['HOTCB_STORIES'] ?? 8) }
const timeout = 900_000 + runs.numRuns * 10_000

test('our kernel reproduces any run of Python’s kernel from its exported recipe', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(storyForBoth, async (story) => {
      const dir = temporaryDirectory()
      const told = await tell(dir, theirLoop(dir), story)
      const again = temporaryDirectory()
      expect(await ours(dir, 'recipe', 'export', '--out', join(again, 'plan.jsonl'))).toMatchObject({
        code: 0,
        err: '',
      })
      replay(again)
      expect(await tell(again, ourLoop(startTrainer(again)), story.map(nothing))).toEqual(told)
    }),
    runs,
  )
})

test('Python’s kernel reproduces any run of ours, except for what the export lists', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(storyForOurs, async (story) => {
      const dir = temporaryDirectory()
      const told = await tell(dir, ourLoop(startTrainer(dir)), story)
      const again = temporaryDirectory()
      const exported = await ours(dir, 'recipe', 'export', '--compat', '--out', join(again, 'plan.jsonl'))
      expect(exported.code).toBe(0)
      replay(again)
      const retold = await tell(again, theirLoop(again), story.map(nothing))
      // Switching every weight includes parts that hotcb 2 does not have (`terms.`). If nothing else is missing, the values must be equal.
      const named = exported.err.split('\n').filter((line) => line !== '' && !line.includes('`terms.'))
      if (named.length === 0) expect(retold).toEqual(told)
      else expect(named).toEqual(named.map(() => expect.stringMatching(/^note: step \d+, seq \d+: .*hotcb 2/)))
    }),
    runs,
  )
})

test('our kernel continues any run of Python’s like that kernel itself', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(storyForBoth, async (story) => {
      const dir = temporaryDirectory()
      const loop = theirLoop(dir)
      await tell(dir, loop, story, false)
      const copy = temporaryDirectory()
      cpSync(dir, copy, { recursive: true })
      const trainer = startTrainer(copy, story.length + 1)
      const more = [[], [], []]
      expect(await tell(copy, ourLoop(trainer), more)).toEqual(await tell(dir, loop, more))
      const decided = linesOf(copy, 'hotcb.applied.jsonl').filter((line) => 'cid' in line)
      expect(decided.map(({ op }) => op)).toEqual(['attempt'])
    }),
    runs,
  )
})

test('any valid overlay changes a recipe in the same way under both kernels', { timeout }, async () => {
  const offset = fc.integer({ min: 0, max: 3 })
  await fc.assert(
    fc.asyncProperty(recipe, patches, offset, async (entries, overlay, stepOffset) => {
      const dirs = [temporaryDirectory(), temporaryDirectory()] as const
      for (const dir of dirs) {
        writeFileSync(join(dir, 'plan.jsonl'), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
        writeFileSync(join(dir, 'adjust.json'), JSON.stringify({ version: 1, patches: overlay }))
        replay(dir, { mode: 'replay_adjusted', adjust_path: join(dir, 'adjust.json'), step_offset: stepOffset })
      }
      const steps = Array.from({ length: 16 }, () => [])
      const [mine, hers] = dirs
      const told = await tell(mine, ourLoop(startTrainer(mine)), steps)
      expect(told).toEqual(await tell(hers, theirLoop(hers), steps))
    }),
    runs,
  )
})

/** A training run under either kernel, one step at a time. */
interface Loop {
  /** Trains a step. Returns the values after it, and the output of callbacks. */
  step(): Promise<object>
  close(): Promise<unknown>
}

/** Sends commands before each step, and returns the outcome of every step. */
async function tell(dir: string, loop: Loop, story: readonly (readonly Command[])[], ends = true): Promise<object[]> {
  const told: object[] = []
  for (const commands of story) {
    const lines = commands.map((command) => `${JSON.stringify(command)}\n`)
    appendFileSync(join(dir, 'hotcb.commands.jsonl'), lines.join(''))
    told.push(await loop.step())
  }
  if (ends) await loop.close()
  return told
}

function theirLoop(dir: string): Loop {
  // The ledger exists once something was applied, and an export needs it.
  appendFileSync(join(dir, 'hotcb.applied.jsonl'), '')
  const loop: PythonLoop = pythonLoop('unpublished', 'loop.py', dir)
  return {
    async step() {
      const { error, lr, weight_decay, betas, weights, rates, heard } = await loop.ask({ steps: 1 })
      return { error, settings: { lr, weight_decay, betas, weights, rates }, heard: messagesIn(heard) }
    },
    async close() {
      expect(await loop.ask({ close: true })).toMatchObject({ error: null })
      await loop.end()
    },
  }
}

function ourLoop(trainer: Trainer): Loop {
  return {
    async step() {
      const before = trainer.heard.length
      trainer.train(1)
      const { step: _, ...settings } = structuredClone(trainer.said())
      return { error: null, settings, heard: messagesIn(trainer.heard.slice(before)) }
    },
    // Under `strict`, it throws if an entry was late, missed or failed.
    close: async () => trainer.kernel.close(),
  }
}

// `[hotcb:beat] alive event=...` there, `[cb beat] alive event=...` here. The order of callbacks differs.
function messagesIn(heard: unknown): string[] {
  if (!Array.isArray(heard)) return []
  return heard.flatMap((line) => /^\[(?:hotcb:|cb )(\w+\] .* step=\d+)/.exec(line)?.[1] ?? []).sort()
}

function replay(dir: string, more: object = {}): void {
  const freeze = { mode: 'replay', recipe_path: join(dir, 'plan.jsonl'), policy: 'strict', ...more }
  writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify(freeze))
}

function nothing(): readonly Command[] {
  return []
}
