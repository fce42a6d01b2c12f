import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readStreamLine } from '@hotcb/run'
import { expect, test } from 'vitest'
import { type FamilyRun, familyOf } from '../src/shared/tree/family.ts'
import { courseAt, foldCourse, NO_COURSES } from '../src/shared/tree/fold-courses.ts'
import { lanesOf, spanOfLanes } from '../src/shared/tree/lanes.ts'
import type { RunTree } from '../src/shared/tree/tree-wire.ts'
import { ask, dashboard, emptyRun, runList, temporaryRoot } from './fixture.ts'

const LINE = {
  epoch: null, event: 'train_step_end', phase: null, id: 'main', decision: 'applied', params: null, payload: null,
  error: null, traceback: null, notes: null, wall_time: 0, cid: null, writer: null, offset: null, author: null,
  call: 0, old: null, of: null, reverts: null, ranks: null, source: 'kernel', module: 'core',
} // biome-ignore format: fields

/** A ledger with two checkpoints, a load of the first one, a checkpoint on the new course, a load of that one, and a restart. */
const LEDGER: readonly object[] = [
  { seq: 1, step: 0, op: 'attempt', payload: { n: 1, token: 'a', step: null, cut: false }, attempt: 1 },
  { seq: 2, step: 9, op: 'checkpoint', payload: { action: 'save', tag: 'step-10' }, attempt: 1 },
  { seq: 3, step: 19, op: 'checkpoint', payload: { action: 'save', tag: 'step-20' }, attempt: 1 },
  {
    seq: 4,
    step: 25,
    op: 'checkpoint',
    payload: { action: 'load', tag: 'step-10' },
    attempt: 1,
    source: 'cli',
    author: 'ada',
  },
  { seq: 5, step: 25, op: 'attempt', payload: { n: 2, token: 'a', step: 10, cut: true, seq: 1 }, attempt: 2 },
  { seq: 6, step: 15, op: 'checkpoint', payload: { action: 'save', tag: 'mine' }, attempt: 2 },
  { seq: 7, step: 30, op: 'checkpoint', payload: { action: 'load', tag: 'mine' }, attempt: 2, source: 'dashboard' },
  { seq: 8, step: 30, op: 'attempt', payload: { n: 3, token: 'a', step: 16, cut: true, seq: 5 }, attempt: 3 },
  { seq: 9, step: 31, op: 'checkpoint', payload: { action: 'load', tag: 'step-20' }, attempt: 1 },
  { seq: 10, step: 40, op: 'attempt', payload: { n: 4, token: 'b', step: null, cut: false }, attempt: 4 },
].map((line) => ({ ...LINE, ...line }))

function foldAll(lines: readonly object[]) {
  return lines.reduce((fold: typeof NO_COURSES, line) => {
    const read = readStreamLine('ledger', JSON.stringify(line))
    if (!read.ok) throw new Error(read.reason)
    return foldCourse(fold, read.value)
  }, NO_COURSES)
}

test('a load opens a course at its checkpoint, below the course that saved it; a restart continues the previous course', () => {
  const { courses } = foldAll(LEDGER)
  expect(courses).toEqual([
    { attempt: 1, seq: 0, from: 0, to: 26, parent: null, tag: null, by: null },
    { attempt: 2, seq: 5, from: 10, to: 31, parent: 1, tag: 'step-10', by: { source: 'cli', author: 'ada' } },
    { attempt: 3, seq: 8, from: 16, to: null, parent: 2, tag: 'mine', by: { source: 'dashboard', author: null } },
  ])
  expect(courseAt(courses, 4)?.attempt).toBe(1)
  expect(courseAt(courses, 5)?.attempt).toBe(2)
  expect(courseAt(courses, 99)?.attempt).toBe(3)
})

test('a cut without a load is a course without a checkpoint, and a void attempt opens none', () => {
  const cut = {
    ...LINE,
    seq: 2,
    step: 30,
    op: 'attempt',
    payload: { n: 2, token: 'b', step: 12, cut: true },
    attempt: 2,
  }
  const stale = { ...cut, seq: 3, payload: { n: 1, token: 'c', step: 3, cut: true }, attempt: 1 }
  const { courses } = foldAll([LEDGER[0] ?? {}, cut, stale])
  expect(courses.map(({ attempt, from, to, tag }) => [attempt, from, to, tag])).toEqual([
    [1, 0, 31, null],
    [2, 12, null, null],
  ])
})

function familyRun(id: string, parent: FamilyRun['parent'] = null, dir = `/runs/${id}`): FamilyRun {
  return { row: { id, name: id, step: 50, status: 'finished' }, dir, runId: id, parent }
}

test('the family of a run consists of its ancestors and their branches, found by directory or by name in the same folder', () => {
  const at = { seq: 1, step: 20 }
  const all = [
    familyRun('other'),
    familyRun('grandchild', { run: 'moved', ...at, dir: '/elsewhere/moved' }),
    familyRun('moved', { run: 'root', ...at, tag: 'step-20', dir: '/runs/root' }),
    familyRun('sibling', { run: 'root', seq: 1, step: 10, dir: '/runs/root' }),
    familyRun('root'),
    // A run with the same name in another folder is not the parent.
    { ...familyRun('far'), dir: '/far/root', runId: 'root' },
  ]
  const { runs, hidden } = familyOf('moved', all, 60)
  expect(runs.map(({ id, parent, from, tag }) => [id, parent, from, tag])).toEqual([
    ['root', null, 0, null],
    ['sibling', 'root', 10, null],
    ['moved', 'root', 20, 'step-20'],
    ['grandchild', 'moved', 20, null],
  ])
  expect(hidden).toBe(0)
  expect(familyOf('moved', all, 2)).toMatchObject({ runs: [{ id: 'root' }, { id: 'moved' }], hidden: 2 })
})

test('runs that name each other as parents end the search', () => {
  const all = [familyRun('a', { run: 'b', seq: 1, step: 1 }), familyRun('b', { run: 'a', seq: 1, step: 1 })]
  expect(
    familyOf('a', all, 60)
      .runs.map(({ id }) => id)
      .sort(),
  ).toEqual(['a', 'b'])
})

test('the lanes are the courses of the run and the other runs, each below the one from which it branches', () => {
  const { courses } = foldAll(LEDGER)
  const shared = { name: '', status: 'finished', step: 44, tag: null } as const
  const tree: RunTree = {
    id: 'run',
    courses,
    checkpoints: [
      { tag: 'step-10', step: 10, attempt: 1, by: null },
      { tag: 'mine', step: 16, attempt: 2, by: null },
    ],
    runs: [
      { ...shared, id: 'run', parent: null, from: 0 },
      { ...shared, id: 'child', parent: 'run', from: 16, tag: 'mine', step: 60 },
    ],
    hidden_runs: 0,
    parent: null,
  }
  const lanes = lanesOf(tree)
  expect(lanes.map(({ run, kind, from, to, above, depth }) => [run, kind, from, to, above, depth])).toEqual([
    ['run', 'left', 0, 26, null, 0],
    ['run', 'left', 10, 31, 0, 1],
    ['run', 'now', 16, 45, 1, 2],
    ['child', 'other', 16, 61, 1, 2],
  ])
  expect(lanes.map(({ checkpoints }) => checkpoints.map(({ tag }) => tag))).toEqual([['step-10'], ['mine'], [], []])
  expect(spanOfLanes(lanes)).toEqual([0, 61])
  expect(spanOfLanes([])).toEqual([0, 1])
})

function checkpoint(dir: string, tag: string, meta: object | null): void {
  mkdirSync(join(dir, 'hotcb.checkpoints', tag), { recursive: true })
  if (meta !== null) writeFileSync(join(dir, 'hotcb.checkpoints', tag, 'meta.json'), JSON.stringify(meta))
}

test('the server answers with the tree of a run: a copied checkpoint is on its first course, a broken one has no step', async () => {
  const root = temporaryRoot()
  const parent = emptyRun(root, 'parent')
  writeFileSync(join(parent, 'hotcb.applied.jsonl'), LEDGER.map((line) => `${JSON.stringify(line)}\n`).join(''))
  checkpoint(parent, 'step-10', { step: 10, seq: 1, by: { source: 'trainer', author: null } })
  checkpoint(parent, 'mine', { step: 16, seq: 5 })
  checkpoint(parent, 'torn', null)
  const child = emptyRun(root, 'child')
  const link = { run: 'parent', seq: 5, step: 16, tag: 'mine', dir: parent }
  writeFileSync(join(child, 'hotcb.run.json'), JSON.stringify({ run_id: 'child', parent: link }))
  checkpoint(child, 'mine', { step: 16, seq: 5 })
  const site = await dashboard({ roots: [root] })
  await runList(site)
  expect((await ask(site, '/api/runs/parent/tree')).body).toMatchObject({
    id: 'parent',
    courses: [{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }],
    checkpoints: [
      { tag: 'torn', step: null, attempt: 1, by: null },
      { tag: 'step-10', step: 10, attempt: 1, by: { source: 'trainer' } },
      { tag: 'mine', step: 16, attempt: 2 },
    ],
    runs: [
      { id: 'parent', parent: null },
      { id: 'child', parent: 'parent', from: 16, tag: 'mine' },
    ],
    parent: null,
  })
  expect((await ask(site, '/api/runs/child/tree')).body).toMatchObject({
    courses: [{ from: 16, to: null }],
    checkpoints: [{ tag: 'mine', step: 16 }],
    parent: { run: 'parent', step: 16, tag: 'mine' },
  })
  expect((await ask(site, '/api/runs/none/tree')).status).toBe(404)
})
