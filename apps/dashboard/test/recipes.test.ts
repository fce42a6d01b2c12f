import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine, type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { addToken } from '../src/index.ts'
import { recipeFileKind } from '../src/shared/recipes.ts'
import { ask, dashboard, generateRun, temporaryRoot } from './fixture.ts'

function line(seq: number, step: number | null, more: Partial<LedgerLine>): string {
  const rest = {
    seq,
    step,
    wall_time: 1,
    id: 'main',
    decision: 'applied',
    attempt: 1,
    cid: `c${seq}`,
    call: 0,
    source: 'cli',
  }
  const read = readLedgerLine({ ...rest, event: 'train_step_end', ...more })
  if (!read.ok) throw new Error(read.reason)
  return formatLedgerLine(read.value)
}

const RECIPE = '{"at":{"step":5,"event":null},"module":"opt","op":"set_params","id":"main","params":{"lr":0.1}}\n'

async function setUp() {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines: 5, changes: false })
  writeFileSync(
    join(dir, 'hotcb.applied.jsonl'),
    line(1, null, { module: 'core', op: 'attempt', payload: { n: 1, token: 'k', step: null, cut: false } }) +
      line(2, 40, { module: 'opt', op: 'set_params', payload: { lr: 0.01 }, old: { lr: 0.5 } }) +
      'torn\n' +
      line(3, 80, { module: 'opt', op: 'set_params', payload: { lr: 0.02, wd: 1 }, old: { lr: 0.01, wd: [0.1, 0.2] } }),
  )
  const site = await dashboard({ roots: [root] })
  const put = (file: string, json: object): ReturnType<typeof ask> =>
    ask(site, `api/runs/run/recipes/${encodeURIComponent(file)}`, { method: 'PUT', json })
  return { root, dir, site, put }
}

test('the recipe of a run matches that of `recipe export`, with the values before the changes and notes on omitted lines', async () => {
  const { site } = await setUp()
  const { status, body } = await ask(site, 'api/runs/run/recipe')
  const { text, notes, starts } = body as { text: string; notes: string[]; starts: object }
  expect(status).toBe(200)
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one).params),
  ).toEqual([{ lr: 0.01 }, { lr: 0.02, wd: 1 }])
  expect(starts).toEqual({ lr: 0.5, wd: 0.1 })
  expect(notes).toEqual(['1 malformed ledger lines are left out'])
})

test('recipes and overlays in the run directory are listed, read and replaced, each version with its stamp', async () => {
  const { site, dir, put } = await setUp()
  expect((await ask(site, 'api/runs/run/recipes')).body).toEqual({ files: [] })
  const made = await put('warmup.recipe.jsonl', { text: RECIPE, stamp: null })
  expect(made).toMatchObject({ status: 200, body: { file: 'warmup.recipe.jsonl', text: RECIPE } })
  expect(readFileSync(join(dir, 'warmup.recipe.jsonl'), 'utf8')).toBe(RECIPE)
  const { stamp } = made.body as { stamp: string }
  expect((await ask(site, 'api/runs/run/recipes')).body).toEqual({
    files: [{ file: 'warmup.recipe.jsonl', kind: 'recipe', stamp, size: RECIPE.length }],
  })
  expect((await ask(site, 'api/runs/run/recipes/warmup.recipe.jsonl')).body).toMatchObject({ text: RECIPE, stamp })
  expect((await put('hotcb.adjust.yaml', { text: 'patches: []\n', stamp: null })).status).toBe(200)
})

test('a version that another program wrote is not overwritten', async () => {
  const { dir, put } = await setUp()
  const { body } = await put('hotcb.recipe.jsonl', { text: RECIPE, stamp: null })
  const { stamp } = body as { stamp: string }
  expect(await put('hotcb.recipe.jsonl', { text: RECIPE, stamp: null })).toMatchObject({
    status: 409,
    body: { error: { code: 'changed', message: '`hotcb.recipe.jsonl` already exists' } },
  })
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), `${RECIPE}${RECIPE}`)
  expect(await put('hotcb.recipe.jsonl', { text: '', stamp })).toMatchObject({ status: 409 })
  expect(readFileSync(join(dir, 'hotcb.recipe.jsonl'), 'utf8')).toBe(RECIPE + RECIPE)
})

test('a malformed text and a name of another file are refused in one line, and nothing is written', async () => {
  const { site, dir, put } = await setUp()
  const message = async (file: string, text: string): Promise<string> => {
    const { status, body } = await put(file, { text, stamp: null })
    expect(status).toBe(400)
    return (body as { error: { message: string } }).error.message
  }
  expect(await message('a.recipe.jsonl', `${RECIPE}{"at":{}}\n`)).toMatch(/^a\.recipe\.jsonl:2: `at\.step`/)
  expect(await message('a.adjust.yaml', 'patches: 3\n')).toMatch(/^a\.adjust\.yaml:1: `patches`/)
  for (const file of ['hotcb.applied.jsonl', 'hotcb.yaml', '.recipe.jsonl', 'hotcb.recipe.effective.jsonl', 'x.txt']) {
    expect(await message(file, RECIPE)).toMatch(/^(a recipe|an overlay) name may contain only/)
  }
  expect((await put('../x.recipe.jsonl', { text: RECIPE, stamp: null })).status).toBeGreaterThanOrEqual(400)
  expect(existsSync(join(dir, 'a.recipe.jsonl'))).toBe(false)
  expect((await ask(site, 'api/runs/run/recipes/hotcb.applied.jsonl')).status).toBe(404)
})

test('a link that leads out of the roots is neither read nor written', async () => {
  const { site, dir, put } = await setUp()
  const outside = join(temporaryRoot(), 'secret')
  writeFileSync(outside, RECIPE)
  symlinkSync(outside, join(dir, 'out.recipe.jsonl'))
  expect((await ask(site, 'api/runs/run/recipes')).body).toEqual({ files: [] })
  expect((await ask(site, 'api/runs/run/recipes/out.recipe.jsonl')).status).toBe(403)
  expect((await put('out.recipe.jsonl', { text: '', stamp: null })).status).toBe(403)
  expect(readFileSync(outside, 'utf8')).toBe(RECIPE)
})

test('only an owner saves files', async () => {
  const { root } = await setUp()
  const tokens = join(root, 'tokens.json')
  const operator = addToken(tokens, 'otto', 'operator').token
  const guarded = await dashboard({ roots: [root], tokens })
  const headers = { Authorization: `Bearer ${operator}` }
  const put = await ask(guarded, 'api/runs/run/recipes/a.recipe.jsonl', {
    method: 'PUT',
    headers,
    json: { text: RECIPE, stamp: null },
  })
  expect(put.status).toBe(403)
  expect((await ask(guarded, 'api/runs/run/recipe', { headers })).status).toBe(200)
})

test('the kind of a file is determined by its name', () => {
  expect(['hotcb.recipe.jsonl', 'recipe.jsonl', 'a.b.recipe.jsonl'].map(recipeFileKind)).toEqual(
    Array(3).fill('recipe'),
  )
  expect(['hotcb.adjust.yaml', 'x.adjust.json'].map(recipeFileKind)).toEqual(['overlay', 'overlay'])
  expect(
    ['hotcb.metrics.jsonl', 'a/recipe.jsonl', '.recipe.jsonl', 'hotcb.tune.recipe.yaml'].map(recipeFileKind),
  ).toEqual(Array(4).fill(null))
})
