import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TRIAL_STATES } from '@hotcb/sweep'
import { openWorkspace } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import type { SweepDecisions, SweepDetail, TrialColumns, TrialDetail } from '../src/shared/sweeps/sweep-wire.ts'
import { STATES } from '../src/shared/sweeps/sweep-wire.ts'
import { ask, dashboard, eventually, temporaryRoot } from './fixture.ts'
import { CURVE, PARAMETERS, runAll, writeSweep } from './sweep-fixture.ts'

async function finished() {
  const root = temporaryRoot()
  const dir = writeSweep(root, 'grid', CURVE, PARAMETERS)
  await runAll(dir)
  return { root, dir, site: await dashboard({ roots: [root] }) }
}

test('sweeps below a root are listed with their totals, and their pages show objective, parameters and trials', async () => {
  const { root, site } = await finished()
  writeSweep(root, 'fresh', 'true', PARAMETERS)
  await eventually(async () => {
    const { body } = await ask(site, 'api/sweeps')
    return (body as { sweeps: unknown[] }).sweeps.length === 2
  })
  expect((await ask(site, 'api/sweeps')).body).toMatchObject({
    sweeps: expect.arrayContaining([
      expect.objectContaining({ id: 'grid', trials: 12, totals: { completed: 12 }, executor: 'local', problem: null }),
      expect.objectContaining({ id: 'fresh', trials: 0, problem: 'not started yet: start it with `herd run`' }),
    ]),
  })
  expect((await ask(site, 'api/sweeps/grid')).body).toMatchObject({
    objective: { metric: 'loss', direction: 'min', value: 'last' },
    metrics: ['loss'],
    parameters: [
      { name: 'x', log: false, values: [1, 2, 3, 4, 5, 6] },
      { name: 'kind', log: false, values: ['a', 'b'] },
    ],
    progress: { over: 12, called: 12 },
  } satisfies Partial<SweepDetail> | object)
  // On a busy machine, the first answers arrive before all values have been read.
  const columns = await eventually(async () => {
    const read = (await ask(site, 'api/sweeps/grid/trials')).body as TrialColumns
    return read.unread === 0 ? read : undefined
  })
  expect(columns.whole).toBe(true)
  expect(columns.index).toHaveLength(12)
  expect(columns.value.slice(0, 4)).toEqual([1.1, 1.1, 2.1, 2.1])
  expect(columns.state.map((state) => STATES[state])).toEqual(Array(12).fill('completed'))
  expect(columns.params[1]).toEqual({ name: 'kind', values: Array(6).fill(['a', 'b']).flat() })
  const again = (await ask(site, `api/sweeps/grid/trials?since=${columns.version}`)).body as TrialColumns
  expect(again).toMatchObject({ whole: false, index: [], version: columns.version })
})

test('the page numbers the states of trials in the order of the sweep', () => {
  expect(STATES).toEqual(TRIAL_STATES)
})

test('a later request returns only the trials that have changed since', async () => {
  const root = temporaryRoot()
  const dir = writeSweep(root, 'waiting', `while [ ! -e go ]; do sleep 0.02; done`, PARAMETERS)
  const site = await dashboard({ roots: [root] })
  const running = runAll(dir)
  const first = await eventually(async () => {
    const { body } = await ask(site, 'api/sweeps/waiting/trials')
    const columns = body as TrialColumns
    return columns.state?.filter((state) => STATES[state] === 'running').length === 2 ? columns : undefined
  })
  const stopped = await ask(site, 'api/sweeps/waiting/requests', {
    json: { want: 'stop', choice: { trials: [1] }, reason: 'no need', author: 'ada' },
  })
  expect(stopped).toMatchObject({ status: 200, body: { trials: [1], note: null } })
  const changed = await eventually(async () => {
    const { body } = await ask(site, `api/sweeps/waiting/trials?since=${first.version}`)
    const columns = body as TrialColumns
    const at = columns.index.indexOf(1)
    return STATES[columns.state[at] ?? -1] === 'cancelled' ? { columns, at } : undefined
  })
  expect(changed.columns.whole).toBe(false)
  expect(changed.columns.index.length).toBeLessThan(12)
  expect(changed.columns.why[changed.at]).toBe('no need')
  const workspace = openWorkspace(dir)
  workspace.journal.refresh()
  expect(workspace.journal.lines().find(({ event }) => event.type === 'wish')?.by).toBe('dashboard:ada')
  workspace.close()
  await ask(site, 'api/sweeps/waiting/requests', { json: { want: 'stop', choice: { all: true } } })
  await running
})

test('curves, importance and contour of a sweep are computed from its trials, or from some of them', async () => {
  const { site } = await finished()
  const curves = await ask(site, 'api/sweeps/grid/curves', { json: { trials: [2, 99] } })
  expect(curves.body).toEqual({ curves: [{ i: 2, steps: [1, 2, 3, 4, 5], values: [2.8, 2.7, 2.6, 2.5, 2.4] }] })
  const importance = (await ask(site, 'api/sweeps/grid/importance', { json: {} })).body as {
    importance: { name: string; share: number }[]
    trials: number
  }
  expect(importance.trials).toBe(12)
  expect(importance.importance[0]?.name).toBe('x')
  expect(importance.importance[0]?.share).toBeGreaterThan(0.9)
  const some = await ask(site, 'api/sweeps/grid/importance', { json: { trials: [0, 1, 2] } })
  expect(some.body).toMatchObject({ trials: 3 })
  const contour = await ask(site, 'api/sweeps/grid/contour', { json: { x: 'x', y: 'kind' } })
  expect(contour.body).toMatchObject({ x: { places: [1, 2, 3, 4, 5, 6] }, y: { places: ['a', 'b'] } })
  expect(await ask(site, 'api/sweeps/grid/contour', { json: { x: 'x', y: 'other' } })).toMatchObject({
    status: 409,
    body: { error: { message: 'there is no parameter `other`; choose from x, kind' } },
  })
})

test('one trial is shown with its values, attempts and output, and its run opens like any other', async () => {
  const root = temporaryRoot()
  const launcher = `echo "hello of $HYPERHERD_TRIAL_ID"; echo '{}' > "$HOTCB_RUN_DIR/hotcb.run.json"; exit 3`
  await runAll(writeSweep(root, 'broken', launcher, PARAMETERS))
  const site = await dashboard({ roots: [root] })
  const { body } = await ask(site, 'api/sweeps/broken/trials/4')
  const detail = body as TrialDetail
  expect(detail).toMatchObject({ state: 'failed', params: { x: 3, kind: 'a' }, controllable: false })
  expect(detail.attempts).toMatchObject([{ n: 1, state: 'failed', code: 3, reason: 'exit' }])
  expect(detail.output).toContain('hello of 4')
  const run = await ask(site, 'api/sweeps/broken/trials/4/run', { json: {} })
  expect(run).toMatchObject({ status: 200, body: { run: 'broken~4' } })
  expect((await ask(site, 'api/runs/broken~4')).status).toBe(200)
  expect((await ask(site, 'api/sweeps/broken/trials/400')).status).toBe(404)
})

test('bad requests are refused with one line each, and write nothing', async () => {
  const { site, dir } = await finished()
  const request = (json: unknown) => ask(site, 'api/sweeps/grid/requests', { json })
  expect((await request({ want: 'explode', choice: { all: true } })).status).toBe(400)
  expect((await request({ want: 'stop', choice: {} })).body).toMatchObject({
    error: { message: '`choice`: expected `trials` with indices, or `all: true`' },
  })
  expect(await request({ want: 'stop', choice: { trials: [77] } })).toMatchObject({
    status: 409,
    body: { error: { message: 'no trial 77' } },
  })
  const set = await ask(site, 'api/sweeps/grid/set', { json: { set: ['lr=0.1'], choice: { all: true } } })
  expect(set).toMatchObject({
    status: 409,
    body: { error: { message: 'no trial is running; use `herd status` to see their states' } },
  })
  expect((await ask(site, 'api/sweeps/nothing')).status).toBe(404)
  const workspace = openWorkspace(dir)
  workspace.journal.refresh()
  expect(workspace.journal.lines().some(({ event }) => event.type === 'wish')).toBe(false)
  workspace.close()
})

test('a viewer sees a sweep and cannot control it', async () => {
  const root = temporaryRoot()
  await runAll(writeSweep(root, 'grid', CURVE, PARAMETERS))
  const { addToken } = await import('../src/index.ts')
  const tokens = `${root}/tokens.json`
  const { token } = addToken(tokens, 'eve', 'viewer')
  const site = await dashboard({ roots: [root], tokens })
  const headers = { Authorization: `Bearer ${token}` }
  expect((await ask(site, 'api/sweeps/grid', { headers })).status).toBe(200)
  const json = { want: 'resume', choice: { all: true } }
  expect((await ask(site, 'api/sweeps/grid/requests', { headers, json })).status).toBe(403)
})

test('decisions of early stopping are shown with their rung, value and rank, and later requests return only the new ones', async () => {
  const root = temporaryRoot()
  const halving = 'successive_halving: {metric: loss, direction: min, min_steps: 1, budget: 5, eta: 3, mode: asha}\n'
  const dir = writeSweep(
    root,
    'rungs',
    `${CURVE.replace('; done', ' || exit; until grep -q "sh/loss/1/$HYPERHERD_TRIAL_ID\\"" "$HYPERHERD_WORKSPACE"/.hyperherd/journal/*.jsonl; do sleep 0.02; done; done')}`,
    `${PARAMETERS}${halving}`,
  )
  await runAll(dir)
  const site = await dashboard({ roots: [root] })
  const { body } = await ask(site, 'api/sweeps/rungs/decisions')
  const answer = body as SweepDecisions
  expect(answer.count).toBe(answer.trial.length)
  const first = answer.step.flatMap((step, at) => (step === 1 ? [at] : []))
  expect(first).toHaveLength(12)
  expect(new Set(first.map((at) => answer.trial[at])).size).toBe(12)
  for (const at of first) {
    expect(answer.planner[at]).toBe('asha')
    const [ahead, cohort] = [answer.ahead[at] ?? 0, answer.cohort[at] ?? 0]
    const keeps = cohort < 3 ? cohort : Math.floor(cohort / 3)
    expect(answer.verdict[at]).toBe(ahead < keeps ? 'promote' : 'prune')
  }
  const later = (await ask(site, `api/sweeps/rungs/decisions?after=${answer.count - 2}`)).body as SweepDecisions
  expect([later.count, later.trial]).toEqual([answer.count, answer.trial.slice(-2)])
})

test('the lineage of a population names donor, step, new values and the outcome of the load', async () => {
  const root = temporaryRoot()
  const dir = writeSweep(root, 'family', CURVE, PARAMETERS)
  await runAll(dir)
  const exploit = { planner: 'pbt', verdict: 'exploit' } as const
  const evidence = {
    tag: 'pbt-20',
    seq: 7,
    as: 'from-0',
    cid: 'c1',
    params: { x: 2.5 },
    set: {},
    step: 20,
    donor_step: 20,
  }
  appendEvents(dir, [
    { type: 'decide', ...exploit, key: 'pbt/20/3', trial: 3, evidence: { ...evidence, from: 0 } },
    { type: 'lineage', key: 'pbt/20/3', trial: 3, from: 0, outcome: 'applied', seq: 9 },
    {
      type: 'decide',
      ...exploit,
      key: 'pbt/40/5',
      trial: 5,
      evidence: { ...evidence, from: 3, step: 40, donor_step: 30 },
    },
  ])
  const site = await dashboard({ roots: [root] })
  expect((await ask(site, 'api/sweeps/family/lineage')).body).toEqual({
    steps: [
      { trial: 3, step: 20, from: 0, donor_step: 20, params: { x: 2.5 }, outcome: 'applied' },
      { trial: 5, step: 40, from: 3, donor_step: 30, params: { x: 2.5 }, outcome: null },
    ],
  })
})

/** Appends lines to the journal, as its last driver would have written them. */
function appendEvents(dir: string, events: readonly object[]): void {
  const folder = join(dir, '.hyperherd/journal')
  const path = join(folder, readdirSync(folder).find((name) => name.endsWith('.jsonl')) ?? '')
  const last = JSON.parse(readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '') as {
    n: number
    k: number
    ts: number
  }
  const { n, k, ts } = last
  const lines = events.map((event, at) => `${JSON.stringify({ n, k: k + 1 + at, ts, by: 'test', ...event })}\n`)
  appendFileSync(path, lines.join(''))
}
