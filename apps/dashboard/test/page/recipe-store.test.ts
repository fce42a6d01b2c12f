import type { RecipeEntry } from '@hotcb/protocol'
import { formatRecipe } from '@hotcb/recipe'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { entriesOf } from '../../src/web/panels/recipe/editor.ts'
import { createRecipeStore, type RecipeStore } from '../../src/web/panels/recipe/recipe-store.ts'

const server = vi.hoisted(() => ({ answers: {} as Record<string, unknown>, asked: [] as string[] }))
vi.mock('../../src/web/api.ts', () => ({
  ask: async (path: string) => {
    server.asked.push(path)
    const answer = server.answers[path]
    if (answer === undefined) throw new Error(`no ${path}`)
    return answer
  },
  runPath: (id: string, rest: string) => `runs/${id}/${rest}`,
}))

const session = new Map<string, string>()
beforeEach(() => {
  session.clear()
  server.asked.length = 0
  server.answers = {
    'runs/a/recipe': { text: textOf(1, 2), notes: ['one was left out'], starts: { lr: 0.5 } },
    'runs/a/recipes/r%20x.jsonl': { file: 'r x.jsonl', stamp: 's1', text: textOf(10, 20) },
  }
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => session.get(key) ?? null,
    setItem: (key: string, value: string) => void session.set(key, value),
    removeItem: (key: string) => void session.delete(key),
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

function entry(step: number): RecipeEntry {
  return { at: { step, event: null }, module: 'opt', op: 'set_params', id: 'main', params: { lr: step } }
}
const textOf = (...steps: readonly number[]): string => formatRecipe(steps.map(entry))
const FILE = 'r x.jsonl'

/** The steps of the shown entries. */
const steps = ({ open }: RecipeStore): unknown => open.value && entriesOf(open.value.editor).map(({ at }) => at.step)
const shift = { kind: 'shift', ids: [0], steps: 5 } as const

test('the changes of a run are a recipe without a file, with notes about lines that were left out', async () => {
  const store = createRecipeStore('a')
  await store.show(null)
  expect([steps(store), store.starts.value, store.problem.value]).toEqual([[1, 2], { lr: 0.5 }, ''])
  expect(store.open.value).toMatchObject({ file: null, stamp: null, notes: ['one was left out'] })
  await store.show(FILE)
  expect([steps(store), server.asked]).toEqual([
    [10, 20],
    ['runs/a/recipe', 'runs/a/recipe', 'runs/a/recipes/r%20x.jsonl'],
  ])
  expect(store.open.value).toMatchObject({ file: FILE, stamp: 's1', notes: [] })
  await store.show(FILE)
  await store.show(null)
  expect([steps(store), server.asked.length]).toEqual([[1, 2], 3])
})

test('a recipe that cannot be read is a problem, until another one is shown', async () => {
  const store = createRecipeStore('a')
  await store.show('nope')
  expect([store.open.value, store.problem.value]).toEqual([undefined, 'no runs/a/recipes/nope'])
  expect([store.edit(shift), store.refusal.value]).toEqual([false, ''])
  store.undo()
  store.saved({ file: FILE, stamp: 's', text: '' })
  await store.readAgain({ keepsEdits: true })
  expect(store.open.value).toBeUndefined()
  server.answers['runs/a/recipe'] = { text: 'no json\n', notes: [], starts: {} }
  await store.show(null)
  expect(store.problem.value).toMatch(/^the changes of the run:1: \S/)
  server.answers['runs/a/recipe'] = { text: '', notes: [], starts: {} }
  await store.show(null)
  expect([steps(store), store.problem.value]).toEqual([[], ''])
})

test('of two recipes that are opened at once, the later one is shown', async () => {
  const store = createRecipeStore('a')
  await Promise.all([store.show(null), store.show(FILE)])
  expect(steps(store)).toEqual([10, 20])
  await Promise.all([store.show('nope'), store.show(null)])
  expect([steps(store), store.problem.value]).toEqual([[1, 2], ''])
  const again = store.readAgain({ keepsEdits: false })
  await store.show(FILE)
  await again
  expect(steps(store)).toEqual([10, 20])
})

test('edits can be undone and redone, and a refused edit is reported with its reason', async () => {
  const store = createRecipeStore('a')
  await store.show(FILE)
  store.chosen.value = new Set([0, 1])
  expect([store.edit(shift), steps(store)]).toEqual([true, [15, 20]])
  expect(store.edit({ kind: 'shift', ids: [0], steps: -100 })).toBe(false)
  expect([store.refusal.value === '', steps(store)]).toEqual([false, [15, 20]])
  store.undo()
  expect([steps(store), store.refusal.value]).toEqual([[10, 20], ''])
  store.redo()
  expect(steps(store)).toEqual([15, 20])
  const chosen = store.chosen.value
  expect([...chosen]).toEqual([0, 1])
  store.replaceAll([entry(7)])
  expect(steps(store)).toEqual([7])
  expect([...store.chosen.value].every((id) => store.open.value?.editor.rows.some((row) => row.id === id))).toBe(true)
})

test('a recipe keeps its edits while another one is open, and the selection is dropped', async () => {
  const store = createRecipeStore('a')
  await store.show(FILE)
  store.edit(shift)
  store.chosen.value = new Set([1])
  await store.show(null)
  expect([...store.chosen.value]).toEqual([])
  await store.show(FILE)
  expect([steps(store), server.asked.length]).toEqual([[15, 20], 3])
})

test('edits survive a reload of the page, and are dropped when they are undone', async () => {
  const first = createRecipeStore('a')
  await first.show(FILE)
  expect(session.size).toBe(0)
  first.edit(shift)
  expect([...session.keys()]).toEqual(['hotcb-recipe a'])
  const other = createRecipeStore('a')
  await other.show(null)
  expect(steps(other)).toEqual([1, 2])
  first.edit({ kind: 'shift', ids: [1], steps: 1 })
  const second = createRecipeStore('a')
  await second.show(FILE)
  expect([steps(second), second.open.value?.stamp]).toEqual([[15, 21], 's1'])
  await second.show(null)
  second.undo()
  expect(session.size).toBe(0)
})

test('a saved recipe has no edits, and is the version that was saved', async () => {
  const store = createRecipeStore('a')
  await store.show(FILE)
  store.edit(shift)
  store.saved({ file: 'new.jsonl', stamp: 's2', text: textOf(15, 20) })
  expect(store.open.value).toMatchObject({ file: 'new.jsonl', stamp: 's2', notes: [], editor: { past: [] } })
  await store.show(FILE)
  expect(steps(store)).toEqual([10, 20])
})

test('a recipe that is read again keeps its edits or drops them, and reports those that are lost', async () => {
  const store = createRecipeStore('a')
  await store.show(FILE)
  store.edit(shift)
  server.answers['runs/a/recipes/r%20x.jsonl'] = { file: FILE, stamp: 's2', text: textOf(10, 20, 30) }
  await store.readAgain({ keepsEdits: true })
  expect([steps(store), store.open.value?.stamp, store.open.value?.notes]).toEqual([[15, 20, 30], 's2', []])
  server.answers['runs/a/recipes/r%20x.jsonl'] = { file: FILE, stamp: 's3', text: textOf(20, 30) }
  await store.readAgain({ keepsEdits: true })
  expect(store.open.value?.notes).toEqual([
    expect.stringMatching(/^an edit was lost because its entry is no longer in the recipe: \S/),
  ])
  await store.readAgain({ keepsEdits: false })
  expect([steps(store), store.open.value?.notes, store.open.value?.editor.past.length]).toEqual([[20, 30], [], 0])
})
