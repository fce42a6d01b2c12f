import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { findRuns } from '../../src/server/run-finder.ts'
import { temporaryRoot } from '../fixture.ts'

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** Creates files, and returns the real path of the directory that contains them. */
function tree(...files: readonly string[]): string {
  const root = realpathSync(temporaryRoot())
  for (const file of files) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  return root
}

test.each([
  'hotcb.metrics.jsonl',
  'hotcb.applied.jsonl',
  'hotcb.commands.jsonl',
  'hotcb.state.json',
  'hotcb.run.json',
  'hotcb.actuators.json',
])('a directory with %s is a run', async (mark) => {
  const root = tree(`a/${mark}`, 'b/other.json')
  expect(await findRuns({ roots: [root], depth: 1 })).toEqual({
    runs: [{ id: 'a', name: 'a', dir: join(root, 'a'), roots: [root] }],
    sweeps: [],
    problems: [],
  })
})

test('runs are found down to the depth of the search, and not below other runs', async () => {
  const mark = 'hotcb.run.json'
  const root = tree(
    `a/${mark}`,
    `a/inner/${mark}`,
    `b/c/${mark}`,
    `b/c2/d/${mark}`,
    `.hidden/${mark}`,
    `node_modules/${mark}`,
    `hotcb.checkpoints/x/${mark}`,
  )
  const ids = async (depth: number) => (await findRuns({ roots: [root], depth })).runs.map(({ id }) => id)
  expect(await ids(0)).toEqual([])
  expect(await ids(1)).toEqual(['a'])
  expect(await ids(2)).toEqual(['a', 'b~c'])
  expect(await ids(3)).toEqual(['a', 'b~c', 'b~c2~d'])
})

test('runs are sorted by name, whichever directory is read first', async () => {
  const names = Array.from({ length: 300 }, (_, i) => `run-${1000 + i}`)
  const root = tree(...names.toReversed().map((name) => `${name}/hotcb.run.json`))
  const { runs } = await findRuns({ roots: [root], depth: 1 })
  expect(runs.map(({ id }) => id)).toEqual(names)
})

test('a root may be a run and contain others, and the workspace of a sweep may contain runs', async () => {
  const root = tree('hotcb.run.json', 'a/hotcb.run.json', 's/hyperherd.yaml', 's/r/hotcb.run.json', 't/.hyperherd/x')
  const { runs, sweeps } = await findRuns({ roots: [root], depth: 3 })
  expect(runs.map(({ id, name, dir }) => [id, name, dir])).toEqual([
    [basename(root), basename(root), root],
    ['a', 'a', join(root, 'a')],
    ['s~r', 's/r', join(root, 's', 'r')],
  ])
  expect(sweeps).toEqual([
    { id: 's', name: 's', dir: join(root, 's'), roots: [root] },
    { id: 't', name: 't', dir: join(root, 't'), roots: [root] },
  ])
})

test('with several roots, names begin with their root; one directory is listed once', async () => {
  const one = tree('a/hotcb.run.json')
  const two = tree('a/hotcb.run.json')
  const further = new Map([
    [join(one, 'a'), 'other name'],
    [join(two, 'later'), 'started later'],
    [join(two, 'gone'), 'gone'],
  ])
  mkdirSync(join(two, 'later'))
  const { runs, problems } = await findRuns({ roots: [one, two, join(one, 'missing')], further, depth: 2 })
  const roots = [one, two, join(one, 'a'), join(two, 'later')]
  const [left, right] = [basename(one), basename(two)]
  expect(runs).toEqual([
    { id: `${left}~a`, name: `${left}/a`, dir: join(one, 'a'), roots },
    { id: `${right}~a`, name: `${right}/a`, dir: join(two, 'a'), roots },
    { id: `started-later-${hash(join(two, 'later'))}`, name: 'started later', dir: join(two, 'later'), roots },
  ])
  expect(problems).toEqual([`cannot read \`${join(one, 'missing')}\`: ENOENT`])
})

test('the one run of a dashboard is shown even if it is empty, and a missing one is a problem', async () => {
  const root = tree('run/x')
  const dir = join(root, 'run')
  expect(await findRuns({ dir, depth: 1 })).toEqual({
    runs: [{ id: 'run', name: 'run', dir, roots: [dir] }],
    sweeps: [],
    problems: [],
  })
  expect(await findRuns({ dir: join(root, 'no'), depth: 1 })).toEqual({
    runs: [],
    sweeps: [],
    problems: [`cannot read \`${join(root, 'no')}\`: ENOENT`],
  })
  expect((await findRuns({ dir: '/', depth: 0 })).runs.map(({ id, name }) => [id, name])).toEqual([['run', 'run']])
})

test('names with unusual characters have ids with a hash, and no two runs have the same id', async () => {
  const long = 'x'.repeat(120)
  const names = ['a b', 'a~b', 'a.b', long, `${long}y`, 'ü']
  const root = tree(...names.map((name) => `${name}/hotcb.run.json`), 'a/b/hotcb.run.json')
  const { runs } = await findRuns({ roots: [root], depth: 2 })
  const at = (name: string) => hash(join(root, name))
  expect(new Map(runs.map(({ name, id }) => [name, id]))).toEqual(
    new Map([
      ['a b', `a-b-${at('a b')}`],
      ['a~b', `a~b-${at('a~b')}`],
      ['a.b', 'a.b'],
      ['a/b', 'a~b'],
      [long, long],
      [`${long}y`, `${'x'.repeat(100)}-${at(`${long}y`)}`],
      ['ü', `--${at('ü')}`],
    ]),
  )
  const twice = new Map([[join(root, 'a'), 'a.b']])
  expect((await findRuns({ roots: [root], further: twice, depth: 1 })).runs.at(-1)?.id).toBe(`a.b-${at('a')}`)
  const dots = new Map([[root, '..']])
  expect((await findRuns({ further: dots, depth: 1 })).runs.map(({ id }) => id)).toEqual([`..-${hash(root)}`])
})

test('links to directories below the root are followed, those that lead out or up are not', async () => {
  const outside = tree('run/hotcb.run.json')
  const root = tree('deep/er/run/hotcb.run.json')
  symlinkSync(join(outside, 'run'), join(root, 'out'))
  symlinkSync(root, join(root, 'self'))
  symlinkSync(join(root, 'deep'), join(root, 'deep', 'up'))
  symlinkSync(join(root, 'nowhere'), join(root, 'broken'))
  symlinkSync(join(root, 'deep', 'er'), join(root, 'link'))
  expect(await findRuns({ roots: [root], depth: 2 })).toEqual({
    runs: [{ id: 'deep~er~run', name: 'deep/er/run', dir: join(root, 'deep', 'er', 'run'), roots: [root] }],
    sweeps: [],
    problems: [],
  })
})

test('a root that is a file is a problem', async () => {
  const root = tree('file')
  expect(await findRuns({ roots: [join(root, 'file')], depth: 2 })).toEqual({
    runs: [],
    sweeps: [],
    problems: [`cannot read \`${join(root, 'file')}\`: ENOTDIR`],
  })
})
