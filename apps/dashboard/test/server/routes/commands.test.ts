import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryRoot } from '../../fixture.ts'
import { refused, type Served, serve } from './served.ts'

/** A dashboard with one run, `r`. */
function withRun(config: object = {}, site: Partial<Served['site']> = {}): Served & { readonly dir: string } {
  const served = serve({ config: { ...config }, site })
  const dir = join(served.root, 'r')
  mkdirSync(dir)
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '')
  return { ...served, dir }
}
const PAUSE = { module: 'core', op: 'pause' }
const post = ({ ask }: Served, ...commands: readonly object[]): ReturnType<Served['ask']> =>
  ask('/api/runs/r/commands', { json: { commands } })
const put = ({ ask }: Served, json: object): ReturnType<Served['ask']> =>
  ask('/api/runs/r/freeze', { method: 'PUT', json })

test('a recipe outside of the served directories is refused, also behind a link', async () => {
  const served = withRun()
  const outside = join(temporaryRoot(), 'x.jsonl')
  writeFileSync(outside, '')
  const freeze = (recipe_path: string): object => ({ mode: 'replay', recipe_path })
  const message = `\`${outside}\` is outside the directories that this server serves`
  expect(await put(served, freeze(outside))).toMatchObject({ status: 403, body: refused('forbidden_path', message) })
  expect((await put(served, freeze('../../x.jsonl'))).body).toEqual(
    refused('forbidden_path', '`../../x.jsonl` is outside the directories that this server serves'),
  )
  const command = { module: 'core', op: 'freeze', params: { mode: 'replay', recipe_path: outside } }
  expect(await post(served, command)).toMatchObject({ status: 403, body: refused('forbidden_path', message) })
  symlinkSync(outside, join(served.dir, 'link.jsonl'))
  expect(await put(served, freeze('link.jsonl'))).toMatchObject({
    status: 403,
    body: { error: { code: 'forbidden_path' } },
  })
})

test('the freeze document is written with its author, and read again', async () => {
  const served = withRun({ user: 'ops' })
  writeFileSync(join(served.dir, 'a.recipe.jsonl'), '')
  const { status, body } = await put(served, { mode: 'replay', recipe_path: 'a.recipe.jsonl' })
  expect([status, body]).toMatchObject([
    200,
    { written: { mode: 'replay', recipe_path: 'a.recipe.jsonl', author: 'ops' } },
  ])
  expect((await served.ask('/api/runs/r/freeze')).body).toMatchObject({ mode: 'replay', recipe_path: 'a.recipe.jsonl' })
})

test('too many commands at once are refused, and each command counts', async () => {
  const costs: unknown[] = []
  const take = (key: string, cost: number): boolean => costs.push([key, cost]) === 0
  const served = withRun({}, { commandRate: { take } as unknown as Served['site']['commandRate'] })
  const answer = { status: 429, body: refused('too_many', 'too many commands at once; slow down') }
  expect(await post(served, PAUSE, PAUSE)).toMatchObject(answer)
  expect(await put(served, { mode: 'off' })).toMatchObject(answer)
  expect(costs).toEqual([['local', 2], ['local', 1]]) // biome-ignore format: one line
})

test('a control may have any name, also one that objects in JavaScript inherit', async () => {
  const served = withRun()
  const params = JSON.parse('{"prototype":0.5,"constructor":1,"__proto__":2}')
  expect(await post(served, { module: 'loss', op: 'set_params', params })).toMatchObject({ status: 200 })
  const [line = ''] = readFileSync(join(served.dir, 'hotcb.commands.jsonl'), 'utf8').split('\n')
  expect(Object.entries(JSON.parse(line).params).sort()).toEqual(Object.entries(params).sort())
})
