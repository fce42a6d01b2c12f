import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addToken } from '../src/index.ts'
import type { AnnotationsAnswer } from '../src/shared/annotations.ts'
import { ask, dashboard, generateRun, temporaryRoot } from './fixture.ts'

function oneRun(): string {
  const root = temporaryRoot()
  generateRun(join(root, 'group', 'run'), { lines: 20 })
  return root
}

const PATH = 'api/runs/group~run/annotations'

test('a text at a step is stored with its author and time in the document of the root, and can be removed', async () => {
  const root = oneRun()
  const site = await dashboard({ roots: [root] })
  const post = (json: object): ReturnType<typeof ask> => ask(site, PATH, { method: 'POST', json })
  await post({ step: 12, text: ' new data ', value: 0.5, metric: 'val_loss', author: 'ada' })
  const { body } = await post({ step: 3, text: 'warm' })
  const { annotations, problem } = body as AnnotationsAnswer
  expect(problem).toBe(null)
  expect(annotations.map(({ step, text }) => [step, text])).toEqual([
    [3, 'warm'],
    [12, 'new data'],
  ])
  expect(annotations[1]).toMatchObject({ value: 0.5, metric: 'val_loss', author: 'ada', ts: expect.any(Number) })
  const id = annotations[1]?.id ?? ''
  const path = join(root, 'hotcb.annotations.json')
  const document = JSON.parse(readFileSync(path, 'utf8'))
  expect(document).toMatchObject({ protocol: 1, runs: { 'group/run': { rev: 2, notes: { [id]: { step: 12 } } } } })
  const left = await ask(site, PATH, { method: 'DELETE', json: { id } })
  expect((left.body as AnnotationsAnswer).annotations.map(({ text }) => text)).toEqual(['warm'])
  expect((await ask(site, PATH, { method: 'DELETE', json: { id } })).status).toBe(404)
})

test('wrong places and texts are refused, and a malformed document is reported and not replaced', async () => {
  const root = oneRun()
  const site = await dashboard({ roots: [root] })
  for (const json of [
    { step: -1, text: 'a' },
    { step: 1.5, text: 'a' },
    { step: 1, text: '  ' },
    { step: 1, text: 'a', value: 'high' },
    { step: 1, text: 'a', id: 'mine' },
  ]) {
    expect((await ask(site, PATH, { method: 'POST', json })).status).toBe(400)
  }
  const path = join(root, 'hotcb.annotations.json')
  writeFileSync(path, '{"runs": 3}')
  expect((await ask(site, PATH)).body).toMatchObject({ annotations: [], problem: expect.stringContaining('`runs`') })
  expect((await ask(site, PATH, { method: 'POST', json: { step: 1, text: 'a' } })).status).toBeGreaterThanOrEqual(400)
  expect(readFileSync(path, 'utf8')).toBe('{"runs": 3}')
})

test('viewers read annotations and write none; the author is the person whom the token names', async () => {
  const root = oneRun()
  const tokens = join(root, 'tokens.json')
  const [viewer, operator] = [addToken(tokens, 'vera', 'viewer').token, addToken(tokens, 'otto', 'operator').token]
  const site = await dashboard({ roots: [root], tokens })
  const as = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })
  const json = { step: 1, text: 'a' }
  expect((await ask(site, PATH, { method: 'POST', json, ...as(viewer) })).status).toBe(403)
  const { body } = await ask(site, PATH, { method: 'POST', json, ...as(operator) })
  expect((body as AnnotationsAnswer).annotations[0]?.author).toBe('otto')
  expect((await ask(site, PATH, as(viewer))).status).toBe(200)
})
