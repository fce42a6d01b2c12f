import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { changedEntry, labelsOf } from '../../src/server/labels/label-fields.ts'
import { type EntryChange, openSharedDocument } from '../../src/server/labels/shared-document.ts'
import type { LabelChange } from '../../src/shared/labels.ts'
import { temporaryRoot } from '../fixture.ts'

type Change = Omit<LabelChange, 'runs'>

function document() {
  const root = realpathSync(temporaryRoot())
  const path = join(root, 'hotcb.labels.json')
  const changes = (change: Change): ReadonlyMap<string, EntryChange> =>
    new Map([['r', { apply: (entry) => changedEntry(entry, change) }]])
  const server = () => {
    const opened = openSharedDocument(path, 'runs', [root])
    return { change: (change: Change) => opened.change(changes(change)) }
  }
  const text = (): string => readFileSync(path, 'utf8')
  const entry = () => JSON.parse(text()).runs.r
  return { path, server, text, entry, tags: () => labelsOf(entry()).tags }
}

test('a change is applied again if another server overwrote it, however many changes that server made', async () => {
  const { path, server, text, tags } = document()
  const [one, other] = [server(), server()]
  await other.change({ add_tags: ['before'] })
  const older = text()
  await one.change({ add_tags: ['lost'] })
  writeFileSync(path, older)
  // The revision is now larger than that of the lost change.
  for (const tag of ['a', 'b', 'c']) await other.change({ add_tags: [tag] })
  // The server that lost its change may apply it again at any moment, so the order is not fixed.
  await vi.waitFor(() => expect([...tags()].sort()).toEqual(['a', 'b', 'before', 'c', 'lost']), WAIT)
})

test('a tag that another server removed is not added again', async () => {
  const { server, tags } = document()
  const [one, other] = [server(), server()]
  await one.change({ add_tags: ['removed'] })
  await other.change({ remove_tags: ['removed'] })
  await one.change({ add_tags: ['kept'] })
  expect(tags()).toEqual(['kept'])
})

test('an edit by a person that kept the change is not reverted', async () => {
  const { path, server, entry, text } = document()
  const one = server()
  await one.change({ add_tags: ['a', 'b'] })
  writeFileSync(path, JSON.stringify({ protocol: 1, runs: { r: { ...entry(), tags: ['b'] } } }))
  const edited = text()
  await one.change({})
  expect(labelsOf(entry()).tags).toEqual(['b'])
  expect(text()).not.toBe(edited)
})

test('only the last 16 writers of an entry are kept', async () => {
  const { server, entry } = document()
  const first = server()
  await first.change({ add_tags: ['0'] })
  const [firstWriter] = Object.keys(entry().writers)
  for (let i = 1; i <= 16; i++) await server().change({ add_tags: [`${i}`] })
  expect(Object.keys(entry().writers)).toHaveLength(16)
  expect(entry().writers).not.toHaveProperty(`${firstWriter}`)
  expect(entry().rev).toBe(17)
})

const WAIT = { timeout: 600_000, interval: 20 }
