import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { HistoryPort } from '../../src/server/history-store.ts'
import { RunRegistry } from '../../src/server/run-registry.ts'
import { temporaryRoot } from '../fixture.ts'

function makeRun(dir: string): string {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step":3,"metrics":{"loss":1}}\n')
  return dir
}

function openRegistry(more: { readonly scanSeconds?: number; readonly roots?: readonly string[] } = {}) {
  const root = realpathSync(temporaryRoot())
  const warnings: string[] = []
  const closed: string[] = []
  // The registry only closes it.
  const openHistory = (dir: string): HistoryPort =>
    ({ close: async () => void closed.push(basename(dir)) }) as unknown as HistoryPort
  const registry = new RunRegistry({
    ...{ places: { roots: [root, ...(more.roots ?? [])], depth: 2 }, openRuns: 1, openHistory },
    ...{ scanSeconds: more.scanSeconds ?? 0, warn: (message) => void warnings.push(message) },
  })
  onTestFinished(() => registry.close())
  return { registry, root, warnings, closed }
}
const ids = (rows: readonly { readonly id: string }[]): readonly string[] => rows.map(({ id }) => id).sort()

test('rows are almost empty until they have been read, and a change is returned once', async () => {
  const { registry, root } = openRegistry()
  for (const name of ['a', 'b']) makeRun(join(root, name))
  expect((await registry.rows()).map(({ id, step }) => [id, step])).toEqual([
    ['a', null],
    ['b', null],
  ])
  expect([registry.unreadCount, registry.isComplete, registry.version]).toEqual([2, false, 2])
  const { rows, removed } = await registry.refresh(60_000)
  expect([rows.map(({ id, step }) => [id, step]).sort(), removed]).toEqual([
    [
      ['a', 3],
      ['b', 3],
    ],
    [],
  ])
  expect([registry.unreadCount, registry.isComplete, registry.version]).toEqual([0, true, 4])
  expect((await registry.turns()).map(({ run }) => run.id)).toEqual(['a', 'b'])
})

test('a run that was deleted is removed once, and its reader is closed', async () => {
  const { registry, root, closed } = openRegistry()
  for (const name of ['a', 'b']) makeRun(join(root, name))
  await registry.refresh(60_000)
  expect((await registry.open('a'))?.dir).toBe(join(root, 'a'))
  expect(registry.openCount).toBe(1)
  rmSync(join(root, 'a'), { recursive: true })
  const before = registry.version
  expect((await registry.refresh(0)).removed).toEqual(['a'])
  expect([registry.version, registry.openCount, closed]).toEqual([before + 1, 0, ['a']])
  expect((await registry.refresh(0)).removed).toEqual([])
  expect([await registry.find('a'), await registry.open('a')]).toEqual([undefined, undefined])
})

test('a run is opened once, and one that was used a moment ago stays open', async () => {
  const { registry, root, closed } = openRegistry()
  for (const name of ['a', 'b']) makeRun(join(root, name))
  const first = await registry.open('a')
  expect(await registry.open('a')).toBe(first)
  const second = await registry.open('b')
  expect([registry.openCount, closed]).toEqual([2, []])
  if (first === undefined || second === undefined) throw new Error('both runs exist')
  // Both were last used long ago.
  first.usedMs = -39_999
  second.usedMs = -40_000
  makeRun(join(root, 'c'))
  await registry.open('c')
  expect([registry.openCount, closed]).toEqual([1, ['b', 'a']])
  await registry.close()
  expect([registry.openCount, closed]).toEqual([0, ['b', 'a', 'c']])
})

test('a run outside of the searched directories is shown once it is included, under its name', async () => {
  const { registry, root } = openRegistry({ scanSeconds: 3600 })
  makeRun(join(root, 'a'))
  expect(ids(await registry.rows())).toEqual(['a'])
  const outside = realpathSync(temporaryRoot())
  mkdirSync(join(outside, 'empty'))
  expect(await registry.include(join(outside, 'empty'), 'mine')).toBe('mine')
  expect(await registry.include(join(outside, 'empty'), 'other')).toBe('mine')
  expect(await registry.include(join(root, 'a'))).toBe('a')
  expect(await registry.include(makeRun(join(outside, 'plain')))).toBe('plain')
  expect(ids(await registry.rows())).toEqual(['a', 'mine', 'plain'])
  await expect(registry.include(join(outside, 'nothing'))).rejects.toThrow('ENOENT')
})

test('directories are searched again only after the scan interval', async () => {
  const { registry, root } = openRegistry({ scanSeconds: 3600 })
  makeRun(join(root, 'a'))
  expect(ids(await registry.rows())).toEqual(['a'])
  makeRun(join(root, 'b'))
  expect([ids(await registry.rows()), await registry.find('b')]).toEqual([['a'], undefined])
  const eager = openRegistry()
  makeRun(join(eager.root, 'a'))
  expect(ids(await eager.registry.rows())).toEqual(['a'])
  makeRun(join(eager.root, 'b'))
  expect((await eager.registry.find('b'))?.dir).toBe(join(eager.root, 'b'))
})

test('a directory that cannot be read is a problem, and a warning once', async () => {
  const missing = join(realpathSync(temporaryRoot()), 'missing')
  const { registry, warnings } = openRegistry({ roots: [missing] })
  for (let i = 0; i < 2; i++) await registry.rows()
  const problem = `cannot read \`${missing}\`: ENOENT`
  expect([registry.problems, warnings]).toEqual([[problem], [problem]])
  mkdirSync(missing)
  await registry.rows()
  expect([registry.problems, warnings]).toEqual([[], [problem]])
})

test('workspaces of sweeps are found apart from the runs', async () => {
  const { registry, root } = openRegistry()
  mkdirSync(join(root, 's'))
  writeFileSync(join(root, 's', 'hyperherd.yaml'), '')
  makeRun(join(root, 'a'))
  expect((await registry.sweeps()).map(({ id, dir }) => [id, dir])).toEqual([['s', join(root, 's')]])
  expect(ids(await registry.rows())).toEqual(['a'])
})

test('rows are read in the background after the first search', async () => {
  const { registry, root } = openRegistry()
  for (let i = 0; i < 20; i++) makeRun(join(root, `r${i}`))
  await registry.lookSoon()
  await expect.poll(() => registry.isComplete, { timeout: 300_000 }).toBe(true)
  const { rows } = await registry.refresh(300_000)
  expect([rows.length, new Set(rows.map(({ step }) => step))]).toEqual([20, new Set([3])])
})
