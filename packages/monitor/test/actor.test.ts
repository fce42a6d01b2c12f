import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openActor } from '../src/node/actor.ts'
import { monitorPaths, objectsIn } from '../src/node/monitor-files.ts'
import type { TriageDecision } from '../src/triage/triage.ts'
import type { Act } from '../src/types.ts'
import { sweep } from './sweeps.ts'

const START: Act = {
  ...{ tool: 'run_indices', args: { indices: [0] }, class: 'cheap', reason: 'canary' },
  expect: [{ i: 0, state: 'ready', attempt: 0 }],
}
const NOTHING: Act = { ...START, tool: 'dance', expect: [] }

/** The actor of a sweep that has not started. */
function acting(trials = 2) {
  const { workspace, root } = sweep('true', { trials })
  const paths = monitorPaths(root, root)
  const counts = { checked: 0, acted: 0 }
  const open = () =>
    openActor({
      ...{ workspace, paths, nowMs: () => 5_000_000, scrub: (text: string) => text.replaceAll('hunter2', '[secret]') },
      check: () => void counts.checked++,
      onActed: () => void counts.acted++,
    })
  const lines = () => objectsIn(paths.log).map(({ timestamp: _, ...line }) => line)
  return { actor: open(), open, paths, counts, lines, workspace }
}

test('an act is in the log before and after it, with its time and tick', async () => {
  const { actor, paths, counts, lines } = acting()
  expect(await actor.act(START)).toEqual({ ok: true, text: 'started trial 0' })
  expect(lines()).toEqual([
    { event: 'run_indices', tick: 0, id: '0.1', phase: 'intent', class: 'cheap', act: START },
    { event: 'run_indices', tick: 0, id: '0.1', phase: 'done', ok: true, result: 'started trial 0' },
  ])
  expect(objectsIn(paths.log)[0]?.['timestamp']).toBe('1970-01-01T01:23:20.000Z')
  expect(counts).toEqual({ checked: 2, acted: 1 })
  actor.log('tick', { tick: 4, why: 'hunter2' })
  expect(lines().at(-1)).toEqual({ event: 'tick', tick: 4, why: '[secret]' })
  expect(await actor.act(NOTHING)).toEqual({ ok: false, text: '`dance` changes nothing' })
  expect(lines().at(-1)).toEqual({
    ...{ event: 'dance', tick: 4, id: '4.2', phase: 'done', ok: false, result: '`dance` changes nothing' },
  })
  expect(counts).toEqual({ checked: 5, acted: 1 })
})

test('an act whose trials have changed since it was decided is not carried out', async () => {
  const { actor, counts } = acting()
  const expectation = [{ i: 0, state: 'failed', attempt: 1 }]
  expect(await actor.act({ ...START, expect: expectation })).toEqual({
    ...{ ok: false, text: 'trial 0 has changed from failed (attempt 1) to ready (attempt 0)' },
  })
  expect(counts.acted).toBe(0)
  // An act on many trials applies to those that match when it is carried out.
  expect(await actor.act({ ...START, tool: 'stop_all', expect: expectation })).toMatchObject({
    ok: expect.any(Boolean),
    text: expect.not.stringContaining('has changed'),
  })
})

test('a decision is carried out, proposed or only recorded', async () => {
  const { actor, lines, counts } = acting()
  const decision: TriageDecision = { key: 'k1', kind: 'act', act: START, text: 'it is started' }
  expect(await actor.decide(decision)).toEqual({ outcome: { ok: true, text: 'started trial 0' }, proposal: null })
  const asked = await actor.decide({ ...decision, key: 'k2', kind: 'ask' })
  const proposal = { id: '0.2', act: START, text: 'it is started', state: 'open', by: null }
  expect(asked).toEqual({ outcome: null, proposal })
  expect(await actor.decide({ ...decision, key: 'k3', kind: 'report', act: null })).toEqual({
    ...{ outcome: null, proposal: null },
  })
  const line = { event: 'triage', tick: 0, text: 'it is started' }
  expect(lines().filter(({ event }) => event === 'triage')).toEqual([
    { ...line, key: 'k1', id: '0.1', phase: 'intent', act: START },
    { ...line, key: 'k2', id: '0.2', phase: 'proposal', act: START },
    { ...line, key: 'k3', id: '0.3', phase: 'report', act: null },
  ])
  expect(counts.acted).toBe(1)
})

test('a proposal has its own id or that of its request, and is answered once', async () => {
  const { actor, lines } = acting()
  const own = actor.propose(START, 'start it?')
  expect(own).toEqual({ id: '0.1', act: START, text: 'start it?', state: 'open', by: null })
  expect(actor.propose(NOTHING, 'dance?', { id: 'q7', inbox: 3 }).id).toBe('q7')
  const proposed = { event: 'proposal', tick: 0, phase: 'proposal' }
  expect(lines()).toEqual([
    { ...proposed, id: '0.1', act: START, text: 'start it?' },
    { ...proposed, id: 'q7', act: NOTHING, text: 'dance?', inbox: 3 },
  ])
  expect(await actor.answer('9.9', 'approved', 'ada')).toBe('there is no proposal 9.9')
  expect(await actor.answer('0.1', 'approved', 'ada')).toBe('started trial 0')
  expect(await actor.answer('0.1', 'rejected', 'bob')).toBe('proposal 0.1 was approved by ada')
  expect(await actor.answer('q7', 'approved', 'ada')).toBe('it failed: `dance` changes nothing')
  expect(lines().filter(({ event }) => event === 'answer')).toEqual([
    { event: 'answer', tick: 0, id: '0.1', verdict: 'approved', by: 'ada', phase: 'intent', act: START },
    { event: 'answer', tick: 0, id: 'q7', verdict: 'approved', by: 'ada', phase: 'intent', act: NOTHING },
  ])
})

test('a rejected proposal changes nothing, and an approval is too late if the trials have changed', async () => {
  const { actor, lines, counts } = acting()
  actor.propose(START, 'start it?')
  actor.propose({ ...START, expect: [{ i: 5, state: 'ready', attempt: 0 }] }, 'start 5?')
  expect(await actor.answer('0.1', 'rejected', 'ada')).toBe('rejected: start it?')
  expect(await actor.answer('0.2', 'approved', 'ada')).toBe('too late: trial 5 is no longer in the sweep')
  expect(await actor.answer('0.2', 'approved', 'ada')).toBe('proposal 0.2 is out of date')
  expect(lines().slice(2)).toEqual([
    { event: 'answer', tick: 0, id: '0.1', verdict: 'rejected', by: 'ada' },
    { event: 'answer', tick: 0, id: '0.2', verdict: 'stale', by: 'ada', why: 'trial 5 is no longer in the sweep' },
  ])
  expect(counts.acted).toBe(0)
})

test('the next monitor finishes acts that were begun, and uses no id twice', async () => {
  const { open, paths, lines } = acting()
  const intent = (id: string, act: Act) => `${JSON.stringify({ event: act.tool, tick: 0, id, phase: 'intent', act })}\n`
  writeFileSync(paths.log, `${intent('0.1', START)}${intent('0.2', NOTHING)}`)
  const actor = open()
  expect(await actor.recover()).toEqual(['run_indices: started trial 0', 'dance: `dance` changes nothing'])
  expect(await actor.recover()).toEqual([])
  expect(actor.propose(START, 'again?').id).toBe('0.3')
  expect(lines().slice(2, 4)).toEqual([
    { event: 'run_indices', tick: 0, id: '0.1', phase: 'done', ok: true, result: 'started trial 0' },
    { event: 'dance', tick: 0, id: '0.2', phase: 'done', ok: false, result: '`dance` changes nothing' },
  ])
  // Acts that were carried out before the kill are not repeated.
  const [first = ''] = readFileSync(paths.log, 'utf8').split('\n')
  writeFileSync(paths.log, `${first}\n`)
  expect(await open().recover()).toEqual(['run_indices: this has already been done'])
})

test('waiting trials are held back, paused, pruned or stopped, and the answer names them', async () => {
  const { actor } = acting(3)
  const on = (tool: string, ...indices: readonly number[]): Act => ({
    ...{ ...START, tool, args: {} },
    expect: indices.map((i) => ({ i, state: 'waiting', attempt: 0 })),
  })
  const ready = [0, 1, 2].map((i) => ({ i, state: 'ready', attempt: 0 }))
  expect(await actor.act({ ...START, expect: ready })).toEqual({ ok: true, text: 'started trials 0, 1, 2' })
  for (const [act, ok, text] of [
    [{ ...on('set_controls', 0), args: { index: 0, values: {} } }, false, NO_RUN],
    [on('run_sh'), false, NO_HALVING],
    [on('hold_waiting', 0), true, 'holding back trial 0'],
    [on('prune_index', 1), true, 'giving up trial 1'],
    [on('stop_index', 2), true, 'stopping trial 2'],
    [on('stop_all', 2), true, 'there was nothing left to do'],
  ] as const)
    expect(await actor.act(act)).toEqual({ ok, text })
})

const NO_RUN = 'the trainer of trial 0 has not opened a run directory'
const NO_HALVING = expect.stringMatching(/^the config has no `successive_halving`/)
