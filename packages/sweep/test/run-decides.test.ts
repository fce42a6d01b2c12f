import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SweepEvent } from '../src/journal/event.ts'
import { plannedTrials, runSweep } from '../src/node/run-sweep.ts'
import { attemptIn, type WrittenWorkspace, writtenWorkspace } from './written-workspace.ts'

// The trials that a run starts, in a local sweep with a given journal: without a driver, nothing starts.

const YAML = `name: t
launcher: ./l.sh
grid: all
parameters:
  x: {type: discrete, values: [1, 2, 3, 4]}
`

async function sweepWith(...events: readonly SweepEvent[]): Promise<WrittenWorkspace> {
  const trials = [1, 2, 3, 4].map((x) => ({ x }))
  const sweep = await writtenWorkspace(YAML, trials, ...events)
  writeFileSync(join(sweep.root, 'l.sh'), '#!/bin/bash\n')
  chmodSync(join(sweep.root, 'l.sh'), 0o755)
  return sweep
}
const edit = ({ root }: WrittenWorkspace, yaml: string) => writeFileSync(join(root, 'hyperherd.yaml'), yaml)
const only = (...values: number[]) => YAML.replace('1, 2, 3, 4', values.join(', '))
/** The new events in a journal. */
function eventsAfter({ workspace }: WrittenWorkspace, before: number): readonly SweepEvent[] {
  const events = workspace.journal.lines().map(({ event }) => event)
  return events.slice(before).filter(({ type }) => type !== 'exported' && type !== 'open')
}
const refused = (message: string) => ({ code: 'refused', message })

describe('a run starts', () => {
  test('trials that are ready, waiting, failed or cancelled, unless it names others', async () => {
    const sweep = await sweepWith(...attemptIn(0, 'completed'), ...attemptIn(1, 'failed'), ...attemptIn(2, 'cancelled'))
    const before = sweep.workspace.journal.lines().length
    const { called, trials, changes, warnings, submitted, script, setAside, later, asked } = await runSweep(
      sweep.workspace,
    )
    expect(called).toEqual([1, 2, 3])
    expect(trials.map(({ trial, state }) => [trial.i, state])).toEqual([
      [0, 'completed'],
      [1, 'waiting'],
      [2, 'waiting'],
      [3, 'waiting'],
    ])
    expect([changes.added, changes.dropped, changes.held, changes.revived]).toEqual([[], [], [], []])
    expect({ warnings, submitted, script, setAside, later, asked }).toEqual({
      ...{ warnings: [], submitted: null, script: null, setAside: [], later: [], asked: null },
    })
    const [config, call, ...rest] = eventsAfter(sweep, before)
    expect(config).toMatchObject({ type: 'config', text: YAML, executor: 'local' })
    expect([call, ...rest]).toEqual([{ type: 'call', trials: [1, 2, 3] }])
    expect(existsSync(sweep.workspace.paths.clients)).toBe(true)
  })

  test('the named trials; those with results need `--force`', async () => {
    const { workspace } = await sweepWith(...attemptIn(0, 'completed'), ...attemptIn(1, 'running'))
    const run = (indices: string, force = false) => runSweep(workspace, { indices, force })
    await expect(run('0-1')).rejects.toMatchObject(
      refused('trial 0 (completed), 1 (running) is already submitted; use `--force` to run it again'),
    )
    await expect(run('1', true)).rejects.toMatchObject(refused('trial 1 is running; stop it first with `herd stop 1`'))
    await expect(run('3-5')).rejects.toMatchObject(refused('no trial 4, 5; the sweep has 4 trials'))
    await expect(run('a')).rejects.toMatchObject(refused('--indices "a" is not a list such as 0-3,5,7-9'))
    expect((await run('3,2')).called).toEqual([2, 3])
    expect((await run('0', true)).called).toEqual([0])
  })

  test('a paused trial only if it is named', async () => {
    const sweep = await sweepWith({ type: 'wish', trials: [1], want: 'pause' })
    expect((await runSweep(sweep.workspace)).called).toEqual([0, 2, 3])
    expect((await runSweep(sweep.workspace, { indices: '1' })).called).toEqual([1])
  })

  test('trials with pinned values, and reports how many there are in other states', async () => {
    const { workspace } = await sweepWith(...attemptIn(0, 'completed'))
    expect((await runSweep(workspace, { pins: ['x=2'] })).called).toEqual([1])
    await expect(runSweep(workspace, { pins: ['x=1'] })).rejects.toMatchObject(
      refused('no runnable trial matches --pin x=1; 1 match in any state'),
    )
    await expect(runSweep(workspace, { indices: '2-3', pins: ['x=2', 'x=9'] })).rejects.toMatchObject(
      refused('no runnable trial matches --pin x=2 x=9; 0 match in any state'),
    )
    await expect(runSweep(workspace, { pins: ['x'] })).rejects.toMatchObject(refused('--pin "x" is not NAME=VALUE'))
    expect((await runSweep(workspace, { indices: '2-3', pins: ['x=4'] })).called).toEqual([3])
  })

  test('no trials if nothing is left to do, and writes no event', async () => {
    const sweep = await sweepWith(...[0, 1, 2, 3].flatMap((i) => attemptIn(i, 'completed')))
    await runSweep(sweep.workspace)
    const before = sweep.workspace.journal.lines().length
    expect((await runSweep(sweep.workspace)).called).toEqual([])
    expect(eventsAfter(sweep, before)).toEqual([])
  })
})

describe("a program's act", () => {
  test('is carried out once: a second run with the same name changes nothing', async () => {
    const sweep = await sweepWith()
    expect((await runSweep(sweep.workspace, { indices: '1', act: 'a1' })).called).toEqual([1])
    const before = sweep.workspace.journal.lines()
    expect(before.findLast(({ event }) => event.type === 'call')?.event).toEqual({
      type: 'call',
      trials: [1],
      act: 'a1',
    })
    const { called, warnings, submitted, trials } = await runSweep(sweep.workspace, { indices: '2', act: 'a1' })
    expect([called, warnings, submitted]).toEqual([[], ['`a1` has already been done'], null])
    expect(trials.map(({ state }) => state)).toEqual(['ready', 'waiting', 'ready', 'ready'])
    expect(eventsAfter(sweep, before.length)).toEqual([])
  })
})

describe('a fresh run', () => {
  test('moves aside the results of trials that were started before, and only of those that it starts', async () => {
    const sweep = await sweepWith(...attemptIn(0, 'completed'), ...attemptIn(1, 'failed'))
    for (const i of [0, 1, 2]) sweep.result(`${i}/log`, 'old')
    const { setAside } = await runSweep(sweep.workspace, { fresh: true })
    expect(setAside).toEqual([join(sweep.workspace.paths.results, '.old/1-1')])
    sweep.result('1/log', 'new')
    expect((await runSweep(sweep.workspace)).setAside).toEqual([])
  })
})

describe('an edited config', () => {
  test('adds trials, drops those without results, and revives dropped ones', async () => {
    const sweep = await sweepWith()
    await runSweep(sweep.workspace)
    const before = sweep.workspace.journal.lines().length
    edit(sweep, only(1, 2, 3, 5))
    const first = await runSweep(sweep.workspace, { indices: '4' })
    expect([first.changes.added.map(({ i }) => i), first.changes.dropped.map(({ i }) => i)]).toEqual([[4], [3]])
    const [config, plan, ...rest] = eventsAfter(sweep, before)
    expect([config?.type, plan]).toMatchObject(['config', { type: 'plan', trials: [{ i: 4, params: { x: 5 } }] }])
    expect(rest).toEqual([{ type: 'drop', trials: [3] }, { type: 'call', trials: [4] }]) // biome-ignore format: short
    edit(sweep, YAML)
    const middle = sweep.workspace.journal.lines().length
    const { changes } = await runSweep(sweep.workspace, { indices: '3' })
    expect([changes.revived.map(({ i }) => i), changes.dropped.map(({ i }) => i)]).toEqual([[3], [4]])
    expect(eventsAfter(sweep, middle).slice(1)).toEqual([
      { type: 'drop', trials: [4] },
      { type: 'revive', trials: [3] },
      { type: 'call', trials: [3] },
    ])
  })

  test('is refused if trials with results would be dropped; if it is forced, they are kept as orphans', async () => {
    const sweep = await sweepWith(...[0, 1, 2].flatMap((i) => attemptIn(i, i === 1 ? 'running' : 'completed')))
    edit(sweep, only(3, 4))
    await expect(runSweep(sweep.workspace)).rejects.toMatchObject(
      refused(
        'the config no longer contains 2 trial(s) that are running or have results: 0 t-0 (completed), 1 t-1 (running); use `--force` to keep them as orphans',
      ),
    )
    const before = sweep.workspace.journal.lines().length
    const { changes, trials } = await runSweep(sweep.workspace, { force: true, indices: '3' })
    expect(changes.held.map(({ i }) => i)).toEqual([0, 1])
    expect(trials.map(({ trial }) => trial.i)).toEqual([0, 1, 2, 3])
    expect(eventsAfter(sweep, before).slice(1)).toEqual([
      { type: 'orphan', trials: [0, 1] },
      { type: 'call', trials: [3] },
    ])
    const after = sweep.workspace.journal.lines().length
    expect((await runSweep(sweep.workspace)).called).toEqual([3])
    expect(eventsAfter(sweep, after)).toEqual([{ type: 'call', trials: [3] }])
  })

  test('that would drop many trials is refused with the names of five', async () => {
    const eight = [1, 2, 3, 4, 5, 6, 7, 8]
    const yaml = only(...eight)
    const trials = eight.map((x) => ({ x }))
    const sweep = await writtenWorkspace(
      yaml,
      trials,
      ...[0, 1, 2, 3, 4, 5, 6].flatMap((i) => attemptIn(i, 'completed')),
    )
    writeFileSync(join(sweep.root, 'l.sh'), '#!/bin/bash\n', { mode: 0o755 })
    const named = (count: number) =>
      Array.from({ length: Math.min(5, count) }, (_, i) => `${i} t-${i} (completed)`).join(', ')
    const message = (count: number, more: string) =>
      `the config no longer contains ${count} trial(s) that are running or have results: ${named(count)}${more}; use \`--force\` to keep them as orphans`
    edit(sweep, only(6, 7, 8))
    await expect(runSweep(sweep.workspace)).rejects.toMatchObject(refused(message(5, '')))
    edit(sweep, only(8))
    await expect(runSweep(sweep.workspace)).rejects.toMatchObject(refused(message(7, ' and 2 more')))
    const { trials: shown } = await plannedTrials(sweep.workspace)
    expect(shown).toHaveLength(8)
  })
})

describe("a run's options", () => {
  test('stay in the journal until a run with other options', async () => {
    const sweep = await sweepWith()
    const configAfter = async (options: object) => {
      const before = sweep.workspace.journal.lines().length
      await runSweep(sweep.workspace, options)
      return eventsAfter(sweep, before).find(({ type }) => type === 'config')
    }
    expect(await configAfter({ maxConcurrent: 3 })).toMatchObject({ executor: 'local', max_concurrent: 3 })
    expect(await configAfter({ maxConcurrent: 3 })).toBeUndefined()
    const plain = await configAfter({})
    expect(plain).toMatchObject({ type: 'config' })
    for (const key of ['max_concurrent', 'mem', 'time', 'stages']) expect(plain).not.toHaveProperty(key)
    expect(await configAfter({})).toBeUndefined()
    edit(sweep, `${YAML}# edited\n`)
    expect(await configAfter({})).toMatchObject({ text: `${YAML}# edited\n` })
  })

  test('are refused if they are impossible', async () => {
    const sweep = await sweepWith()
    const run = (options: object) => expect(runSweep(sweep.workspace, options)).rejects
    for (const maxConcurrent of [0, 1.5, Number.NaN]) {
      await run({ maxConcurrent }).toMatchObject(
        refused(`\`--max-concurrent ${maxConcurrent}\`: must be a whole number of at least 1`),
      )
    }
    await run({ stages: ['a'] }).toMatchObject(refused('`--stage a`: no such stage; the config has no `stages`'))
    await run({ mem: '4G' }).toMatchObject(
      refused(
        '`--mem` applies only to SLURM and Grid Engine; use `local: {mem_per_task}` to limit how many trials run at a time',
      ),
    )
    await run({ time: '1:00:00' }).toMatchObject(
      refused('`--time` applies only to SLURM and Grid Engine; trials on this machine have no time limit'),
    )
    edit(sweep, `${YAML}slurm: {partition: p}\n`)
    await run({ mem: 'much' }).toMatchObject({ code: 'refused', message: expect.stringMatching(/^`--mem much` \w/) })
    await run({ time: 'long' }).toMatchObject({ code: 'refused', message: expect.stringMatching(/^`--time long` \w/) })
  })

  test("are refused if the scheduler's program is not installed", async () => {
    const sweep = await sweepWith()
    const outer = process.env['PATH']
    process.env['PATH'] = join(sweep.root, 'nothing')
    onTestFinished(() => {
      process.env['PATH'] = outer
    })
    edit(sweep, `${YAML}slurm: {partition: p}\n`)
    const remedy = 'use `--executor local` to run the sweep on this machine'
    await expect(runSweep(sweep.workspace)).rejects.toMatchObject(
      refused(`\`sbatch\` is not installed here; ${remedy}`),
    )
    edit(sweep, `${YAML}executor: gridengine\ngridengine: {}\n`)
    await expect(runSweep(sweep.workspace)).rejects.toMatchObject(refused(`\`qsub\` is not installed here; ${remedy}`))
    edit(sweep, `${YAML}slurm: {partition: p}\n`)
    expect((await runSweep(sweep.workspace, { executor: 'local' })).called).toEqual([0, 1, 2, 3])
  })
})
