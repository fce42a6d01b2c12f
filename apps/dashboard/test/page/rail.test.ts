import { BUILT_IN_TABLE } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { describeChange } from '../../src/shared/describe.ts'
import type { QueuedRow } from '../../src/shared/queued-row.ts'
import type { Marker } from '../../src/shared/wire.ts'
import { commonOf, decisionText, outcomeOf, revertedSeqs, sourceOf } from '../../src/web/changes/change-look.ts'
import { placeMarks, samePlaces } from '../../src/web/changes/place-marks.ts'
import { chooseMarks, inOrder, marksAhead, marksOfLines, sentenceOfMark } from '../../src/web/changes/rail-mark.ts'
import { rampEnds } from '../../src/web/changes/ramp-ends.ts'

const describe = (change: Parameters<typeof describeChange>[0]) => describeChange(change, BUILT_IN_TABLE)

test('the colour of a change shows its source', () => {
  const sources = ['cli', 'dashboard', 'api', 'autopilot', 'tune', 'ai', 'mcp', 'recipe', 'yaml', 'kernel']
  expect(sources.map(sourceOf)).toEqual([
    ...['person', 'person', 'person', 'rule', 'tuner', 'model', 'model', 'recipe', 'recipe', 'trainer'],
  ])
})

test('the shape of a change shows its outcome', () => {
  expect([outcomeOf('applied'), outcomeOf('applied', true)]).toEqual(['applied', 'reverted'])
  expect(['failed', 'rejected', 'ignored_freeze', 'ignored_replay', 'ignored'].map((one) => outcomeOf(one))).toEqual(
    Array(5).fill('refused'),
  )
  expect([outcomeOf('expired'), outcomeOf('skipped_noop')]).toEqual(['none', 'none'])
  expect([decisionText('ignored_freeze'), decisionText('skipped_noop')]).toEqual(['ignored freeze', 'nothing to do'])
})

test('a group of changes has a source or an outcome only if all of them share it', () => {
  expect([commonOf(['rule', 'rule']), commonOf(['rule', 'person']), commonOf([])]).toEqual([
    ...['rule', undefined, undefined],
  ])
  expect([...revertedSeqs([{ reverts: null }, { reverts: 3 }])]).toEqual([3])
})

test('a reverted change is marked as such even if the line that reverts it is not shown', () => {
  const first = marker({ seq: 1, step: 10 })
  const second = marker({ seq: 2, step: 20, reverts: 1 })
  expect(marksOfLines([first], [first, second]).map(({ outcome }) => outcome)).toEqual(['reverted'])
  expect(marksOfLines([first, second]).map(({ outcome }) => outcome)).toEqual(['reverted', 'applied'])
})

test('checkpoints that the trainer saves automatically have no flag unless all marks are shown', () => {
  const save = marker({ module: 'core', op: 'checkpoint', source: 'trainer', params: { tag: 'step-10' } })
  const all = [save, marker({ seq: 2 })]
  expect([chooseMarks(all, 'changes', BUILT_IN_TABLE).length, chooseMarks(all, 'all', BUILT_IN_TABLE).length]).toEqual([
    1, 2,
  ])
  expect(chooseMarks(all, 'none', BUILT_IN_TABLE)).toEqual([])
})

test('a waiting command has a flag at its step, or at the current step if it is for the next safe point', () => {
  const marks = marksAhead([row('b', 900), row('a', null)], [], 40)
  expect(marks.map(({ id, step, outcome, source }) => [id, step, outcome, source])).toEqual([
    ['cid-a', 40, 'scheduled', 'recipe'],
    ['cid-b', 900, 'scheduled', 'recipe'],
  ])
  expect(marks.map((mark) => sentenceOfMark(mark, describe))).toEqual([
    'step 40: lr = 0.01 (ada), scheduled for the next safe point',
    'step 900: lr = 0.01 (ada), scheduled for step 900',
  ])
})

test('a running ramp has a flag at its end, in the colour of the person who started it; one that has ended has none', () => {
  const ramp = { type: 'linear', steps: 50, start: 0, end: 0.5, first_step: 100 }
  const controls = [{ param_key: 'lr', ramp }, { param_key: 'momentum' }]
  const line = marker({ seq: 4, source: 'autopilot', author: null })
  const changes = new Map([['ramps.lr', line]])
  expect(rampEnds(controls, 120, changes)).toEqual([
    { key: 'lr', step: 150, source: 'rule', who: 'autopilot', text: 'the lr ramp ends at 0.5', line },
  ])
  expect(rampEnds(controls, 150, changes)).toEqual([])
})

test('a refused change has a reason', () => {
  const [mark] = marksOfLines([marker({ decision: 'failed', note: 'lr must be above 0', author: 'ada' })])
  expect(mark && sentenceOfMark(mark, describe)).toBe('step 10: lr = 0.2 (ada), failed: lr must be above 0')
})

test('flags that are too close share one, and those outside of the visible range have none', () => {
  const marks = marksOfLines([10, 12, 200, 400].map((step, i) => marker({ seq: i, step })))
  const area = { left: 40, width: 300, x: (step: number) => step - 5 }
  const places = placeMarks(marks, area)
  expect(places.map(({ left, marks }) => [left, marks.map(({ step }) => step)])).toEqual([
    [45, [10, 12]],
    [235, [200]],
  ])
  expect(samePlaces(places, placeMarks(marks, area))).toBe(true)
  expect(samePlaces(places, placeMarks(marks, { ...area, left: 41 }))).toBe(false)
  const reverted = marksOfLines(
    marks.flatMap(({ line }) => line ?? []),
    [marker({ reverts: 2 })],
  )
  expect(samePlaces(places, placeMarks(reverted, area))).toBe(false)
})

test('changes that are scheduled beyond the visible steps share one flag at the right end', () => {
  const decided = marksOfLines([marker({ step: 100 }), marker({ seq: 2, step: 500 })])
  const marks = inOrder([...decided, ...marksAhead([row('a', 700), row('b', 800)], [], 400)])
  const places = placeMarks(marks, { left: 0, width: 300, x: (step) => step })
  expect(places.map(({ isAhead, marks }) => [isAhead, marks.map(({ step }) => step)])).toEqual([
    [false, [100]],
    [true, [700, 800]],
  ])
})

function marker(more: Partial<Marker> = {}): Marker {
  return {
    ...{ seq: 1, step: 10, module: 'opt', op: 'set_params', id: 'main', source: 'dashboard', author: null },
    ...{ params: { lr: 0.2 }, old: { lr: 0.1 }, reverts: null, decision: 'applied', note: null, wall_time: 0 },
    ...more,
  }
}

function row(cid: string, step: number | null): QueuedRow {
  const command = { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.01 }, author: 'ada', source: 'recipe' }
  return { cid, held: true, command, at: step === null ? null : { step, event: null } }
}
