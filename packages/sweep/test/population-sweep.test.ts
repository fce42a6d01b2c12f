import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatRecipe } from '@hotcb/recipe'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { openWorkspace, sweepSchedule } from '../src/node.ts'
import { journalOf, killTrials, population, programs, run, TRIALS } from './population-workspace.ts'

/** Checks that every exploit is decided once, and applied once with its donor's checkpoint. */
function expectSoundHistory(root: string): void {
  const decided = journalOf(root).filter(({ type, key }) => type === 'decide' && key?.startsWith('pbt/') === true)
  expect(new Set(decided.map(({ key }) => key)).size).toBe(decided.length)
  const exploits = decided.filter(({ verdict }) => verdict === 'exploit')
  expect(exploits.length).toBeGreaterThan(0)
  const lineages = journalOf(root).filter(({ type }) => type === 'lineage')
  expect(lineages.map(({ key }) => key).sort()).toEqual(exploits.map(({ key }) => key).sort())
  const applied = new Set(lineages.flatMap(({ key, outcome }) => (outcome === 'applied' ? [key] : [])))
  for (const { evidence, trial, key } of exploits) {
    const ledger = [...openRunDirectory(join(root, '.hyperherd/results', String(trial))).records('ledger')]
    const loads = ledger.filter(({ value }) => value.cid === evidence?.cid && value.decision === 'applied')
    expect(loads).toHaveLength(applied.has(key) ? 1 : 0)
  }
}

// Which trials are compared depends on the speed of the machine, so sometimes no member has a donor yet. A real error occurs in every try.
const RETRY = { retry: 2 }

test('a population exploits, and the schedule of each trial replays to the same weights', RETRY, () => {
  const root = population()
  expect(run(root)).toBe(0)
  expectSoundHistory(root)
  const workspace = openWorkspace(root)
  onTestFinished(() => workspace.close())
  const lengths: number[] = []
  for (let i = 0; i < TRIALS; i++) {
    const { root: first, entries, lineage } = sweepSchedule(workspace, i)
    lengths.push(lineage.length)
    const dir = join(root, `replay-${i}`)
    const recipe = join(root, `schedule-${i}.jsonl`)
    writeFileSync(recipe, formatRecipe(entries))
    mkdirSync(dir)
    const policy = 'strict'
    openRunDirectory(dir).writeFreeze({
      mode: 'replay',
      recipe_path: recipe,
      adjust_path: null,
      policy,
      step_offset: 0,
    })
    const params = JSON.stringify(
      Object.fromEntries(first.trial.params.map(([name, value]) => [name, Object(value).value])),
    )
    const env = { ...process.env, HOTCB_RUN_DIR: dir, HYPERHERD_PARAMS: params, POPULATION_REPLAY: '1' }
    expect(spawnSync(process.execPath, [programs.trainer], { env, encoding: 'utf8' }).stderr).toBe('')
    const weight = readFileSync(join(root, '.hyperherd/results', String(i), 'weight'), 'utf8')
    expect(readFileSync(join(dir, 'weight'), 'utf8')).toBe(weight)
  }
  const wasApplied = journalOf(root).some(({ type, outcome }) => type === 'lineage' && outcome === 'applied')
  expect(Math.max(...lengths) > 1).toBe(wasApplied)
})

// A process is killed between each two lasting effects: requests to a kernel, journal lines and copies.
test.each([
  'pbt-asked#1',
  'pbt-asked#6',
  'pbt-decide#1',
  'pbt-decided#1',
  'pbt-half-copied#1',
  'pbt-copied#1',
  'pbt-sent#1',
  'pbt-lineage#1',
  'pbt-decide#3',
  'pbt-decided#3',
  'pbt-half-copied#2',
  'pbt-copied#2',
  'pbt-sent#2',
  'pbt-lineage#2',
])(
  'killed at %s together with all training runs, a population continues: no exploit twice, and none without a checkpoint',
  RETRY,
  (point) => {
    const root = population()
    expect(run(root, point)).toBe('SIGKILL')
    killTrials(root)
    expect(run(root)).toBe(0)
    expectSoundHistory(root)
    expectEnded(root)
  },
)

test(
  'a population ends correctly after being killed before a write again and again, each time one write later',
  RETRY,
  () => {
    const root = population()
    let kills = 0
    while (kills < 60 && run(root, `append#${kills + 1}`) !== 0) {
      kills++
      killTrials(root)
    }
    expect(kills).toBeLessThan(60)
    expect(kills).toBeGreaterThan(5)
    expectSoundHistory(root)
    expectEnded(root)
  },
)

test('a training run that is killed while it loads the copy loads it again, which counts once', RETRY, () => {
  const root = population({ env: 'POPULATION_KILL=load' })
  expect(run(root)).toBe(0)
  expectSoundHistory(root)
  expectEnded(root)
  expect(journalOf(root).some(({ type, outcome }) => type === 'lineage' && outcome === 'applied')).toBe(true)
  expect(readdirSync(root).some((name) => name.startsWith('killed-in-load-'))).toBe(true)
})

function expectEnded(root: string): void {
  for (let i = 0; i < TRIALS; i++) expect(existsSync(join(root, '.hyperherd/results', String(i), 'weight'))).toBe(true)
}
