import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAnnotations } from '../../src/server/labels/annotations.ts'
import { changedEntry, labelsOf } from '../../src/server/labels/label-fields.ts'
import { openRunLabels } from '../../src/server/labels/run-labels.ts'
import { createPlaces } from '../../src/server/labels/run-place.ts'
import { openSavedViews } from '../../src/server/labels/saved-views.ts'
import { NO_LABELS } from '../../src/shared/labels.ts'
import { temporaryRoot } from '../fixture.ts'

/** The status, code and message of a refused change. */
async function refusal(change: Promise<unknown>): Promise<unknown> {
  return change.then(
    () => 'no problem',
    ({ status, code, message }) => [status, code, message],
  )
}

function place(name = 'r') {
  const root = realpathSync(temporaryRoot())
  return { root, run: { id: name, name, dir: join(root, name), roots: [root] } }
}

/** Matches the writers of an entry that only one server has changed. */
const oneWriter = (count: number): unknown =>
  expect.toSatisfy((writers) => {
    const [[name, changes] = ['', 0], ...more] = Object.entries(writers)
    return /^w[0-9a-f]{8}$/.test(name) && changes === count && more.length === 0
  })

test('labels of an entry that are malformed count as absent', () => {
  expect(labelsOf({ tags: ['a', 5, 'b'], notes: 'n', name: 'x', star: true, pin: true, archived: true })).toEqual({
    ...{ tags: ['a', 'b'], notes: 'n', name: 'x', star: true, pin: true, archived: true },
  })
  expect(labelsOf({ tags: 'a', notes: 5, name: '', star: 1, pin: 'true', archived: null })).toEqual(NO_LABELS)
  expect([labelsOf({ name: 5 }), labelsOf(undefined), labelsOf([])]).toEqual([NO_LABELS, NO_LABELS, NO_LABELS])
})

test('a change keeps what it does not name, and fields of other programs', () => {
  const before = { tags: ['a', 'b'], notes: 'n', name: 'x', star: true, pin: false, archived: true, color: 'red' }
  expect(changedEntry(before, {})).toEqual(before)
  expect(changedEntry(before, { add_tags: ['c', 'a'], remove_tags: ['b'], notes: '', name: null })).toEqual({
    ...{ ...before, tags: ['a', 'c'], notes: '', name: null },
  })
  expect(changedEntry(before, { name: '', star: false, pin: true, archived: false })).toEqual({
    ...{ ...before, name: null, star: false, pin: true, archived: false },
  })
  expect(changedEntry(undefined, { name: 'y', add_tags: ['z', 'z'] })).toEqual({ ...NO_LABELS, name: 'y', tags: ['z'] })
})

test('the entry of a run is in the innermost root above it', () => {
  const placeOf = createPlaces()
  const at = (dir: string, ...roots: string[]) => placeOf({ id: 'r', name: 'r', dir, roots })
  expect(at('/a/b/c', '/a', '/a/b', '/other')).toEqual({ root: '/a/b', key: 'c' })
  expect(at('/a/b/c', '/a/b', '/a')).toEqual({ root: '/a/b', key: 'c' })
  expect(at('/a/b/c', '/a', '/a/b/c')).toEqual({ root: '/a', key: 'b/c' })
  expect(at('/a/b', '/a/b')).toEqual({ root: '/a/b', key: '.' })
})

test('labels are written to the root of each run, and read from it', async () => {
  const [one, two] = [place('a'), place('b')]
  const store = openRunLabels()
  const runs = new Map([
    ['a', one.run],
    ['b', two.run],
  ])
  const find = async (id: string) => runs.get(id)
  const read = async () => {
    const reading = await store.read([one.run, two.run])
    return [reading.of(one.run), reading.of(two.run), reading.problems]
  }
  expect(await read()).toEqual([NO_LABELS, NO_LABELS, []])
  const stamp = (await store.read([one.run])).stamp
  await store.change({ runs: ['a', 'b'], star: true }, find)
  await store.change({ runs: ['a'], notes: 'new', expect_notes: '' }, find)
  expect(await read()).toEqual([{ ...NO_LABELS, star: true, notes: 'new' }, { ...NO_LABELS, star: true }, []])
  expect((await store.read([one.run])).stamp).not.toBe(stamp)
  expect(JSON.parse(readFileSync(join(one.root, 'hotcb.labels.json'), 'utf8'))).toEqual({
    protocol: 1,
    runs: { a: { ...NO_LABELS, star: true, notes: 'new', rev: 2, writers: oneWriter(2) } },
  })
  expect(await refusal(store.change({ runs: ['b'], notes: 'x', expect_notes: 'other' }, find))).toEqual([
    ...[409, 'changed', 'another person changed these notes: reload them before editing'],
  ])
  expect(await refusal(store.change({ runs: ['a', 'c'.repeat(101)], pin: true }, find))).toEqual([
    ...[404, 'not_found', `run \`${'c'.repeat(100)}\` does not exist`],
  ])
  expect(await read()).toEqual([{ ...NO_LABELS, star: true, notes: 'new' }, { ...NO_LABELS, star: true }, []])
})

test.each([
  ['{', /^`PATH` is not JSON: \S.*: fix it or move it away, then try again$/],
  ['[]', /^`PATH` must be an object with `runs`: fix it or move it away, then try again$/],
  ['{"runs":[]}', /^`PATH` must be an object with `runs`: fix it or move it away, then try again$/],
  ['{"protocol":2,"runs":{}}', /^`PATH` has protocol 2, and this server writes protocol 1: fix it or move it away/],
])('a document %s is not replaced', async (text, message) => {
  const { root, run } = place()
  const path = join(root, 'hotcb.labels.json')
  writeFileSync(path, text)
  const store = openRunLabels()
  const { problems, of } = await store.read([run])
  expect([problems.length, of(run)]).toEqual([1, NO_LABELS])
  const [status, code, found] = (await refusal(store.change({ runs: ['r'], pin: true }, async () => run))) as string[]
  expect([status, code, found?.replace(path, 'PATH')]).toEqual([409, 'unavailable', expect.stringMatching(message)])
  expect(found).toContain(problems[0])
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test('fields of other programs and entries of other runs remain in the document', async () => {
  const { root, run } = place()
  const path = join(root, 'hotcb.labels.json')
  writeFileSync(
    path,
    JSON.stringify({ runs: { other: { rev: 4, x: 1 }, r: { rev: -3, tags: ['a'] }, bad: 5 }, more: 1 }),
  )
  await openRunLabels().change({ runs: ['r'], pin: true }, async () => run)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    protocol: 1,
    more: 1,
    runs: { other: { rev: 4, x: 1 }, r: { ...NO_LABELS, tags: ['a'], pin: true, rev: 1, writers: oneWriter(1) } },
  })
})

test('a document that cannot be read leaves the labels that were read before', async () => {
  const { root, run } = place()
  const store = openRunLabels()
  await store.change({ runs: ['r'], pin: true }, async () => run)
  await store.read([run])
  rmSync(join(root, 'hotcb.labels.json'))
  mkdirSync(join(root, 'hotcb.labels.json'))
  const { problems, of } = await store.read([run])
  expect([of(run), problems]).toEqual([{ ...NO_LABELS, pin: true }, [expect.stringContaining('hotcb.labels.json')]])
})

test('a view is saved, replaced by its version, and deleted; other versions are refused', async () => {
  const { root } = place()
  const views = openSavedViews(root, 'charts')
  const draft = { query: 'q=1', author: 'ada' }
  await views.save({ ...draft, name: 'b', version: null })
  await views.save({ ...draft, name: 'A', author: null, version: null })
  await views.save({ ...draft, name: 'b', query: 'q=2', version: 1 })
  const a = { name: 'A', query: 'q=1', author: null, version: 1 }
  expect(await views.read()).toEqual({
    views: [a, { name: 'b', query: 'q=2', author: 'ada', version: 2 }],
    problem: null,
  })
  expect(await refusal(views.save({ ...draft, name: 'b', version: null }))).toEqual([
    ...[409, 'changed', 'view `b` already exists: choose a different name, or open it and save it again'],
  ])
  const other = [409, 'changed', 'another person changed view `b`: open it again, then save']
  expect(await refusal(views.save({ ...draft, name: 'b', version: 1 }))).toEqual(other)
  expect(await refusal(views.remove('b', 1))).toEqual(other)
  expect(await refusal(views.remove('c', 1))).toEqual([404, 'not_found', 'view `c` does not exist'])
  await views.remove('b', 2)
  expect((await views.read()).views).toEqual([a])
  expect(await refusal(views.save({ ...draft, name: 'b', version: 2 }))).toEqual([
    ...[409, 'changed', 'view `b` was deleted in the meantime: save it under a new name'],
  ])
  expect(await refusal(views.remove('b', 3))).toEqual([404, 'not_found', 'view `b` does not exist'])
  expect(JSON.parse(readFileSync(join(root, 'hotcb.charts.json'), 'utf8'))).toEqual({
    protocol: 1,
    views: {
      b: { deleted: true, rev: 3, writers: oneWriter(3) },
      A: { query: 'q=1', author: null, rev: 1, writers: oneWriter(1) },
    },
  })
  await views.save({ ...draft, name: 'b', version: null })
  expect((await openSavedViews(root, 'charts').read()).views).toEqual([a, { ...draft, name: 'b', version: 4 }])
  expect(await openSavedViews(root, 'table').read()).toEqual({ views: [], problem: null })
})

test('annotations are sorted by step and time; malformed ones are left out', async () => {
  const { root, run } = place()
  const notes = {
    late: { step: 9, text: 'late', ts: 1 },
    second: { step: 5, text: 'second', ts: 8, value: 2, metric: 'loss', author: 'ada' },
    first: { step: 5, text: 'first', ts: 7, value: '2', metric: 3, author: 4 },
    timeless: { step: 5, text: 'timeless', ts: 'x' },
    deleted: { step: 1, text: 'x', deleted: true },
    textless: { step: 1 },
    stepless: { text: 'x', step: '1' },
    wrong: 5,
  }
  writeFileSync(join(root, 'hotcb.annotations.json'), JSON.stringify({ runs: { r: { notes } } }))
  const none = { value: null, metric: null, author: null }
  const annotations = openAnnotations()
  expect(await annotations.read(run)).toEqual({
    annotations: [
      { id: 'timeless', step: 5, text: 'timeless', ts: 0, ...none },
      { id: 'first', step: 5, text: 'first', ts: 7, ...none },
      { id: 'second', step: 5, text: 'second', ts: 8, value: 2, metric: 'loss', author: 'ada' },
      { id: 'late', step: 9, text: 'late', ts: 1, ...none },
    ],
    problem: null,
  })
  await annotations.remove(run, 'late')
  await annotations.add(run, { step: 6, text: 'new', value: 1, metric: null, author: 'ben' })
  const { annotations: now } = await annotations.read(run)
  expect(now.at(-1)).toEqual({
    ...{ id: expect.stringMatching(/^[0-9a-f-]{13}$/), step: 6, text: 'new', value: 1, metric: null, author: 'ben' },
    ts: expect.toSatisfy((ts) => Math.abs(ts - Date.now() / 1000) < 3600),
  })
  expect(now.map(({ id }) => id).slice(0, 3)).toEqual(['timeless', 'first', 'second'])
  for (const id of ['late', 'deleted', 'none'])
    expect(await refusal(annotations.remove(run, id))).toEqual([
      404,
      'not_found',
      `annotation \`${id}\` does not exist`,
    ])
})

test('a run has at most 500 annotations', async () => {
  const { root, run } = place()
  const notes = Object.fromEntries(Array.from({ length: 499 }, (_, i) => [`n${i}`, { step: i, text: 'x' }]))
  writeFileSync(join(root, 'hotcb.annotations.json'), JSON.stringify({ runs: { r: { notes } } }))
  const annotations = openAnnotations()
  const draft = { step: 1, text: 'x', value: null, metric: null, author: null }
  expect(await refusal(annotations.add(run, draft))).toBe('no problem')
  expect(await refusal(annotations.add(run, draft))).toEqual([
    ...[409, 'too_many', 'a run has at most 500 annotations: remove one first'],
  ])
})
