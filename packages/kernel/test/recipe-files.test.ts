import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type FreezeState, UNFROZEN } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { expect, test } from 'vitest'
import { findToRead, recipeFiles } from '../src/node/recipe-files.ts'
import { runDir } from './run-dir.ts'

const line = (step: number, lr: number): string =>
  `${JSON.stringify({ at: { step }, module: 'opt', op: 'set_params', params: { lr } })}\n`

function load(dir: string, freeze: Partial<FreezeState>): readonly (number | unknown)[] | string {
  const plan = recipeFiles(dir, parseYaml).load({ ...UNFROZEN, mode: 'replay', ...freeze })
  return plan.ok ? plan.value.entries.map(({ at, params }) => [at.step, params?.['lr']]) : plan.reason
}

test('the recipe is the file that the freeze names, or the default one of the run', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), line(1, 0.1))
  writeFileSync(join(dir, 'own.jsonl'), line(2, 0.2))
  expect(load(dir, {})).toEqual([[1, 0.1]])
  expect(load(dir, { recipe_path: 'own.jsonl' })).toEqual([[2, 0.2]])
  expect(load(dir, { step_offset: 10 })).toEqual([[11, 0.1]])
})

test('a path is looked up in the run directory, then in the working directory', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'own.jsonl'), '')
  expect(findToRead(dir, 'own.jsonl')).toBe(join(dir, 'own.jsonl'))
  expect(findToRead(dir, 'package.json')).toBe(join(process.cwd(), 'package.json'))
  expect(findToRead(dir, '/own.jsonl')).toBe('/own.jsonl')
  const other = runDir()
  writeFileSync(join(other, 'far.jsonl'), line(3, 0.3))
  expect(load(dir, { recipe_path: relative(process.cwd(), join(other, 'far.jsonl')) })).toEqual([[3, 0.3]])
})

test('a file that cannot be read is reported with its name and the reason', () => {
  const dir = runDir()
  expect(load(dir, {})).toBe('hotcb.recipe.jsonl: the recipe cannot be read: the file does not exist')
  expect(load(dir, { recipe_path: 'x.jsonl' })).toBe('x.jsonl: the recipe cannot be read: the file does not exist')
  mkdirSync(join(dir, 'folder'))
  expect(load(dir, { recipe_path: 'folder' })).toMatch(/^folder: the recipe cannot be read: EISDIR/)
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), line(1, 0.1))
  expect(load(dir, { mode: 'replay_adjusted', adjust_path: 'a.yaml' })).toBe(
    'a.yaml: the overlay cannot be read: the file does not exist',
  )
  expect(load(dir, { mode: 'replay_adjusted' })).toBe(
    'hotcb.adjust.yaml: the overlay cannot be read: the file does not exist',
  )
})

test('an adjusted replay applies the named overlay, or the default one in JSON or YAML; a plain replay applies none', () => {
  const dir = runDir()
  const overlay = (lr: number): string => JSON.stringify({ patches: [{ replace_params: { lr } }] })
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), line(1, 0.1))
  writeFileSync(join(dir, 'hotcb.adjust.yaml'), overlay(0.2))
  writeFileSync(join(dir, 'own.yaml'), overlay(0.4))
  expect(load(dir, { mode: 'replay_adjusted' })).toEqual([[1, 0.2]])
  writeFileSync(join(dir, 'hotcb.adjust.json'), overlay(0.3))
  expect(load(dir, { mode: 'replay_adjusted' })).toEqual([[1, 0.3]])
  expect(load(dir, { mode: 'replay_adjusted', adjust_path: 'own.yaml' })).toEqual([[1, 0.4]])
  expect(load(dir, { mode: 'replay', adjust_path: 'own.yaml' })).toEqual([[1, 0.1]])
})

test('a malformed recipe or overlay is reported with its file', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), 'x\n')
  expect(load(dir, {})).toMatch(/^hotcb\.recipe\.jsonl:1: /)
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), line(1, 0.1))
  writeFileSync(join(dir, 'hotcb.adjust.yaml'), 'patches: 3\n')
  expect(load(dir, { mode: 'replay_adjusted' })).toMatch(/^hotcb\.adjust\.yaml/)
})

test('a captured source is found in the run or next to the recipe, and must be a file', () => {
  const captured_path = 'hotcb.sources/probe.mjs'
  const recipe = JSON.stringify({
    at: { step: 5 },
    module: 'cb',
    op: 'load',
    id: 'probe',
    target: { kind: 'file', path: 'probe.mjs', symbol: 'Probe' },
    source_capture: { sha256: 'a'.repeat(64), captured_path },
  })
  const [dir, other] = [runDir(), runDir()]
  const path = join(other, 'r.jsonl')
  writeFileSync(path, `${recipe}\n`)
  const missing = new RegExp(`^${path}:1: \`source_capture.captured_path\` "${captured_path}": the file does not exist`)
  expect(load(dir, { recipe_path: path })).toMatch(missing)
  for (const base of [other, dir]) {
    mkdirSync(join(base, captured_path), { recursive: true })
    expect(load(dir, { recipe_path: path })).toMatch(missing)
  }
  for (const base of [other, dir]) {
    const [to, reader] = [runDir(), runDir()]
    const [near, far] = base === other ? [to, reader] : [reader, to]
    writeFileSync(join(near, 'r.jsonl'), `${recipe}\n`)
    mkdirSync(join(to, 'hotcb.sources'))
    writeFileSync(join(to, captured_path), '')
    expect(load(far, { recipe_path: join(near, 'r.jsonl') })).toEqual([[5, undefined]])
  }
})

test('the entries that a replay follows are written as a recipe', () => {
  const dir = runDir()
  const recipes = recipeFiles(dir, parseYaml)
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), line(1, 0.1))
  const plan = recipes.load({ ...UNFROZEN, mode: 'replay', step_offset: 3 })
  if (!plan.ok) throw new Error(plan.reason)
  recipes.writeEffective?.(plan.value.entries)
  const text = readFileSync(join(dir, 'hotcb.recipe.effective.jsonl'), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ at: { step: 4 }, module: 'opt', params: { lr: 0.1 } })
})
