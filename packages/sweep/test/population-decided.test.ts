import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decidePopulations } from '../src/node/population/decide-population.ts'
import { effectiveValues } from '../src/node/population/members.ts'
import { configInForce, underClaim } from '../src/node/workspace.ts'
import { ledgerLine, load, save } from './written-ledger.ts'
import { attemptIn, curve, writtenWorkspace } from './written-workspace.ts'

// One check of a population with given files. population-sweep.test.ts trains one.

const YAML = `name: t
launcher: ./l.sh
parameters:
  lr: {type: continuous, low: 0.0001, high: 1, scale: log}
search: {method: pbt, trials: 4, seed: 3}
population: {interval: 10, truncation: 0.25, factor: 0.5, resample: 0}
objective: {metric: loss, direction: min}
`

const FREEZE = { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 }
const KERNEL = { name: 'k', version: '1', pid: 1, host: 'h', attempt: 1, start: null }
const STATE = JSON.stringify({ protocol: 1, kernel: KERNEL, step: 11, paused: false, closed: false, freeze: FREEZE, held: [] }) // biome-ignore format: one document

/** Four members that have saved a checkpoint at step 10, with losses 4, 1, 3 and 2 there. */
async function population(yaml = YAML) {
  const members = [0, 1, 2, 3]
  const sweep = await writtenWorkspace(yaml, members.map((i) => ({ lr: 0.01 * (i + 1) })), ...members.flatMap((i) => attemptIn(i, 'running'))) // biome-ignore format: short
  const dir = (i: number): string => join(sweep.workspace.paths.results, String(i))
  const ledger = (i: number, ...lines: readonly object[]) => {
    const first = save(11, 'pbt-10', { cid: `pbt-save-${i}-10` })
    sweep.result(`${i}/hotcb.applied.jsonl`, [first, ...lines].map((line, at) => ledgerLine({ seq: at + 1, ...line })).join('')) // biome-ignore format: short
  }
  const lr = { param_key: 'lr', type: 'float', group: 'optimizer', current: 0.01, min: 0, max: 10 }
  for (const [i, loss] of [4, 1, 3, 2].entries()) {
    sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', ...Array.from({ length: 10 }, (_, at) => loss + 9 - at)))
    sweep.result(`${i}/hotcb.checkpoints/pbt-10/meta.json`, JSON.stringify({ seq: 0, step: 11, kernel: {} }))
    sweep.result(`${i}/hotcb.actuators.json`, JSON.stringify({ controls: [lr] }))
    sweep.result(`${i}/hotcb.state.json`, STATE)
    ledger(i)
  }
  const look = () =>
    underClaim(sweep.workspace, 'test', (writer) => decidePopulations(sweep.workspace, configInForce(sweep.workspace), writer)) // biome-ignore format: short
  const commands = (i: number) => {
    try {
      const text = readFileSync(join(dir(i), 'hotcb.commands.jsonl'), 'utf8')
      return text.trim().split('\n').map((line) => JSON.parse(line)) // biome-ignore format: short
    } catch {
      return []
    }
  }
  const decisions = () => [...sweep.workspace.journal.fold.decisions.values()]
  return { ...sweep, dir, ledger, look, commands, decisions }
}

describe('a population whose members have reached a boundary', () => {
  test('continues the worst member from the best one, once', async () => {
    const { look, decisions, workspace } = await population()
    await look()
    expect(decisions().map(({ key, verdict }) => `${key} ${verdict}`)).toEqual([
      ...['pbt/10/0 exploit', 'pbt/10/1 keep', 'pbt/10/2 keep', 'pbt/10/3 keep'],
    ])
    expect(decisions()[0]?.evidence).toMatchObject({
      ...{ step: 10, value: 4, rank: 4, of: 4, from: 1, tag: 'pbt-10', seq: 0, as: 'pbt-10-from-1-at-10' },
      ...{ cid: 'pbt-load-0-10', donor_step: 10, donor_value: 1, set: { opt: { lr: expect.any(Number) } } },
    })
    const lines = workspace.journal.lines().length
    await look()
    expect(decisions()).toHaveLength(4)
    expect(workspace.journal.lines().length - lines).toBeLessThanOrEqual(1)
  })

  test("copies the best member's checkpoint to the worst one, and asks it to load the copy with its new value, once", async () => {
    const { look, commands, decisions, dir } = await population()
    await look()
    expect(readdirSync(join(dir(0), 'hotcb.checkpoints')).sort()).toEqual(['pbt-10', 'pbt-10-from-1-at-10'])
    const loads = () => commands(0).filter(({ params }) => params.action === 'load')
    expect(loads()).toMatchObject([
      {
        cid: 'pbt-load-0-10',
        source: 'sweep',
        params: { tag: 'pbt-10-from-1-at-10', set: decisions()[0]?.evidence['set'] },
      },
    ])
    await look()
    expect(loads()).toHaveLength(1)
    expect(commands(1).filter(({ params }) => params.action === 'load')).toEqual([])
  })

  test('asks each member to save at the next four boundaries, except those already answered', async () => {
    const { look, commands } = await population()
    await look()
    const saves = commands(1).filter(({ params }) => params.action === 'save')
    expect(saves.map(({ cid, at, expires, params }) => [cid, at, expires, params.tag])).toEqual(
      [20, 30, 40, 50].map((step) => [`pbt-save-1-${step}`, { step }, { step: step + 9 }, `pbt-${step}`]),
    )
    expect(saves.every(({ source, op }) => source === 'sweep' && op === 'checkpoint')).toBe(true)
    await look()
    expect(commands(1).filter(({ params }) => params.action === 'save')).toHaveLength(4)
  })

  test('records how the load ended, and then uses the new value', async () => {
    const { look, ledger, workspace, decisions } = await population()
    await look()
    const [decision] = decisions()
    const value = Object(decision?.evidence['set'])['opt'].lr
    ledger(0, load(12, 'pbt-10-from-1-at-10', { cid: 'pbt-load-0-10' }))
    await look()
    expect([...workspace.journal.fold.lineages.values()]).toEqual([
      { type: 'lineage', key: 'pbt/10/0', trial: 0, from: 1, outcome: 'applied', seq: 2 },
    ])
    expect(effectiveValues(workspace.journal.fold, 0).get('lr')).toEqual({ type: 'float', value })
  })

  test('records why a load failed', async () => {
    const { look, ledger, workspace } = await population()
    await look()
    ledger(0, { ...load(12, 'x', { cid: 'pbt-load-0-10' }), decision: 'failed', error: 'no such tag' })
    await look()
    expect([...workspace.journal.fold.lineages.values()]).toMatchObject([{ outcome: 'failed', seq: 2, why: 'failed: no such tag' }]) // biome-ignore format: short
    expect(effectiveValues(workspace.journal.fold, 0).size).toBe(0)
  })
})

describe('a load', () => {
  const lineages = ({ workspace }: Awaited<ReturnType<typeof population>>) => [
    ...workspace.journal.fold.lineages.values(),
  ]
  const failed = { type: 'lineage', key: 'pbt/10/0', trial: 0, from: 1, outcome: 'failed' }

  test('is cancelled if the member has already completed', async () => {
    const one = await population()
    await one.look()
    await one.write({ type: 'seen', rows: [[0, 1, 0, 'completed', { code: 0 }]] })
    await one.look()
    expect(lineages(one)).toEqual([{ ...failed, why: 'the trial had completed' }])
    expect(one.commands(0).at(-1)).toMatchObject({ module: 'core', op: 'cancel', params: { cid: 'pbt-load-0-10', queued: true }, source: 'sweep' }) // biome-ignore format: short
  })

  test('is not sent if the checkpoint has been replaced since, and the member is judged at its next boundary', async () => {
    const one = await population()
    one.result('1/hotcb.checkpoints/pbt-10/meta.json', JSON.stringify({ seq: 5, step: 11, kernel: {} }))
    await one.look()
    expect(lineages(one)).toEqual([{ ...failed, why: 'checkpoint `pbt-10` of trial 1 no longer exists' }])
    expect(one.commands(0).filter(({ params }) => params.action === 'load')).toEqual([])
  })

  test('waits while the member has a request to stop', async () => {
    const one = await population()
    await one.write({ type: 'wish', trials: [0], want: 'pause' })
    await one.look()
    expect([lineages(one), one.commands(0).filter(({ params }) => params.action === 'load')]).toEqual([[], []])
  })

  test('is not decided if no control accepts the new value', async () => {
    const one = await population(YAML.replace('resample: 0}', 'resample: 0, controls: {lr: zzzzzz}}'))
    await one.look()
    const [first] = one.decisions()
    expect([first?.verdict, first?.evidence]).toEqual([
      'keep',
      { step: 10, value: 4, rank: 4, of: 4, why: expect.stringMatching(/^unknown key `zzzzzz`: /) },
    ])
  })
})

test('a member without a score is not judged', async () => {
  const { look, decisions, dir } = await population()
  writeFileSync(join(dir(2), 'hotcb.metrics.jsonl'), '')
  await look()
  expect(decisions().map(({ key }) => key)).toEqual(['pbt/10/0', 'pbt/10/1', 'pbt/10/3'])
})
