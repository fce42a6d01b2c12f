import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseYaml } from '@hotcb/protocol/yaml'
import { planReplay, readOverlayText, readRecipe } from '@hotcb/recipe'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, eventually, openPage, placeOf, startTraining, temporaryRoot } from './fixture.ts'

/** Trains the demo, and changes it at known steps. */
async function steeredRun(root: string, steps: number): Promise<string> {
  const dir = join(root, 'digits')
  mkdirSync(dir, { recursive: true })
  const at = (cid: string, step: number, params: object): string => {
    const command = { cid, ts: 1, source: 'cli', author: 'bob', module: 'opt', op: 'set_params', params, at: { step } }
    return `${JSON.stringify(command)}\n`
  }
  writeFileSync(
    join(dir, 'hotcb.commands.jsonl'),
    at('a', 20, { lr: 0.1 }) +
      at('b', 40, { momentum: 0.5 }) +
      at('c', 40, { weight_decay: 0.01 }) +
      at('d', 80, { 'ramps.lr': { type: 'cosine', steps: 40, end: 0.01 } }) +
      at('e', 130, { momentum: 0.9 }),
  )
  startTraining(dir, ['--max-steps', String(steps), '--seed', '7'])
  await eventually(() => (lines(dir, 'hotcb.applied.jsonl').filter(isChange).length >= 5 ? true : undefined))
  return dir
}

function lines(dir: string, file: string): readonly Record<string, unknown>[] {
  try {
    const text = readFileSync(join(dir, file), 'utf8')
    // The last line may not be complete yet.
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  } catch {
    return []
  }
}

function isChange({ op, decision }: Record<string, unknown>): boolean {
  return op === 'set_params' && decision === 'applied'
}

/** Returns the step and text of each visible entry. */
function shown(page: Page): Promise<readonly string[]> {
  return page.$$eval('.recipe-entry', (rows) =>
    rows.map(
      (row) =>
        `${row.querySelector<HTMLInputElement>('input.number')?.value} ${row.querySelector('.what')?.textContent}`,
    ),
  )
}

async function openRecipe(page: Page, url: string, query = ''): Promise<void> {
  await page.goto(`${url}run/digits?tab=recipe${query}`)
  await page.waitForSelector('.recipe-entry')
  await page.waitForSelector('.recipe-plot .metric')
}

const LR = '20 opt set_params lr=0.1'
const MOMENTUM = 'opt set_params momentum=0.5'
const DECAY = 'opt set_params weight_decay=0.01'

test('a recipe is edited with the keyboard, previewed, saved as an overlay that a replay follows, and scheduled', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  const dir = await steeredRun(root, 100_000)
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  await openRecipe(page, site.url)
  expect((await shown(page)).slice(0, 3)).toEqual([LR, `40 ${MOMENTUM}`, `40 ${DECAY}`])
  expect(await page.$$eval('.recipe-plot', (plots) => plots.map((plot) => plot.getAttribute('data-plot')))).toEqual([
    'val_loss',
    'lr',
    'momentum',
    'weight_decay',
  ])

  // Reorder and shift with the keyboard; the focus stays with the entry.
  await page.focus(`.recipe-entry:nth-child(2) .what`)
  await page.keyboard.press('Alt+ArrowDown')
  await page.waitForFunction(
    () => document.querySelector('.recipe-entry:nth-child(3) .what') === document.activeElement,
  )
  expect((await shown(page)).slice(1, 3)).toEqual([`40 ${DECAY}`, `40 ${MOMENTUM}`])
  await page.keyboard.press('Alt+Shift+ArrowRight')
  await page.keyboard.press('Alt+ArrowRight')
  expect((await shown(page))[2]).toBe(`51 ${MOMENTUM}`)
  expect(await page.getAttribute('[data-plot="momentum"] .before', 'd')).toBeTruthy()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Delete')
  expect(await shown(page)).toHaveLength(4)
  await page.keyboard.press('Control+Z')
  expect(await shown(page)).toHaveLength(5)
  await page.keyboard.press('Control+Shift+Z')
  expect(await shown(page)).toHaveLength(4)

  // An impossible edit is reported with its reason, and changes nothing.
  await page.fill('[aria-label="Step of entry 1"]', '-5')
  await page.keyboard.press('Enter')
  await page.waitForSelector('[role="alert"]:has-text("it cannot be shifted by -25, below step 0")')
  expect((await shown(page))[0]).toBe(LR)

  // A value that the run would not accept is reported at its entry.
  await page.click('.recipe-entry:nth-child(1) .what')
  await page.fill('[aria-label="Value 1"]', '-3')
  await page.waitForSelector('dialog [role="status"]:has-text("params.lr")')
  await page.click('dialog button:text-is("Change")')
  await page.waitForSelector('.recipe-entry[data-wrong="true"]:has-text("line 1: `params.lr`")')
  await page.click('button:text-is("Schedule")')
  await page.waitForSelector('dialog [role="alert"]:has-text("entry 1: `params.lr`")')
  expect(await page.isDisabled('dialog button.primary')).toBe(true)
  await page.keyboard.press('Escape')
  await page.click('button:text-is("Undo")')
  await page.waitForSelector('.recipe-entry[data-wrong="true"]', { state: 'detached' })

  // Insert an entry, and drag the mark of another.
  await page.click('button:text-is("Insert")')
  await page.fill('dialog label:has-text("Step") input', '90000')
  await page.fill('[aria-label="Name of value 1"]', 'momentum')
  await page.fill('[aria-label="Value 1"]', '0.7')
  await page.click('dialog button:text-is("Insert")')
  await page.waitForSelector('.recipe-entry:has-text("momentum=0.7")')
  const edited = await shown(page)

  // The edits survive a reload of the page.
  await page.reload()
  await page.waitForSelector('.recipe-entry:has-text("momentum=0.7")')
  expect(await shown(page)).toEqual(edited)
  expect(await page.textContent('[aria-label="Edits"] header')).toContain('3 differences')

  // Save as an overlay. A replay of the recipe with this overlay follows the edits.
  await page.click('button:text-is("Save")')
  await page.click('dialog button:text-is("Save")')
  await page.waitForSelector('dialog', { state: 'detached' })
  const recipe = readRecipe(readFileSync(join(dir, 'hotcb.recipe.jsonl'), 'utf8'), { file: 'r' })
  const overlay = readOverlayText(readFileSync(join(dir, 'hotcb.adjust.yaml'), 'utf8'), { file: 'o.yaml', parseYaml })
  const plan = recipe.ok && overlay.ok ? planReplay(recipe.value, { overlay: overlay.value }) : recipe
  expect(plan.ok && 'origins' in plan.value && plan.value.entries.map(({ at }) => at.step)).toEqual([
    20, 51, 80, 130, 90000,
  ])

  // Schedule; entries whose step has passed are left out.
  await page.click('button:text-is("Schedule")')
  await page.waitForSelector('dialog legend:has-text("4 entries are for steps before")')
  await page.click('dialog button:text-is("Schedule 1 command for step 90000")')
  await page.waitForSelector('dialog', { state: 'detached' })
  await page.waitForSelector('.toast[data-answer="scheduled"]')
  expect(lines(dir, 'hotcb.commands.jsonl').at(-1)).toMatchObject({
    module: 'opt',
    op: 'set_params',
    params: { momentum: 0.7 },
    at: { step: 90000 },
    author: 'ada',
    source: 'dashboard',
  })
  expect(errors).toEqual([])
})

test('a recipe that changed on disk while it was edited is not overwritten, and the edits can be kept', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  const dir = await steeredRun(root, 150)
  const entry = (step: number, params: object): string =>
    `${JSON.stringify({ at: { step, event: null }, module: 'opt', op: 'set_params', id: 'main', params })}\n`
  const path = join(dir, 'warmup.recipe.jsonl')
  writeFileSync(path, entry(10, { lr: 0.01 }) + entry(30, { lr: 0.02 }))
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  await openRecipe(page, site.url, '&recipe=warmup.recipe.jsonl&over=no_such_metric')
  await page.waitForSelector('[role="status"]:has-text("This run has no metric no_such_metric: val_loss is shown.")')
  await page.fill('[aria-label="Step of entry 2"]', '45')
  await page.keyboard.press('Enter')
  writeFileSync(path, entry(10, { lr: 0.01 }) + entry(20, { momentum: 0.5 }) + entry(30, { lr: 0.02 }))
  await page.waitForSelector('[role="alert"]:has-text("was changed on disk since it was opened")')
  await page.click('.recipe-bar button:text-is("Save")')
  await page.click('dialog label:has-text("A recipe: all")')
  await page.click('dialog button:text-is("Replace")')
  await page.waitForSelector('dialog [role="alert"]:has-text("was not overwritten")')
  expect(readFileSync(path, 'utf8')).toContain('momentum')
  await page.keyboard.press('Escape')
  await page.click('button:text-is("Reload it and keep my edits")')
  await page.waitForFunction(() => document.querySelectorAll('.recipe-entry').length === 3)
  expect(await shown(page)).toEqual(['10 opt set_params lr=0.01', `20 ${MOMENTUM}`, '45 opt set_params lr=0.02'])
  await page.click('.recipe-bar button:text-is("Save")')
  await page.click('dialog label:has-text("A recipe: all")')
  await page.click('dialog button:text-is("Replace")')
  await page.waitForSelector('dialog', { state: 'detached' })
  expect(readFileSync(path, 'utf8')).toBe(
    entry(10, { lr: 0.01 }) + entry(20, { momentum: 0.5 }) + entry(45, { lr: 0.02 }),
  )

  // A malformed import is refused with one line; the command line can read an export.
  await page.click('button:text-is("Import")')
  await page.fill('dialog textarea', `${entry(1, { lr: 1 })}{"at":{"step":-4},"module":"opt","op":"x"}`)
  await page.click('dialog button:text-is("Import")')
  await page.waitForSelector('dialog [role="alert"]:has-text("pasted text:2: `at.step`")')
  await page.fill(
    'dialog textarea',
    'patches:\n  - match: { has_param: lr }\n    transform_params: { scale: { lr: 0.5 } }\n',
  )
  await page.click('dialog button:text-is("Import")')
  await page.waitForSelector('.recipe-entry:has-text("lr=0.005")')
  await page.click('button:text-is("Export")')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click('dialog button:text-is("Recipe, JSON lines")'),
  ])
  expect(download.suggestedFilename()).toBe('warmup.recipe.jsonl')
  expect(readFileSync(await download.path(), 'utf8')).toBe(
    entry(10, { lr: 0.005 }) + entry(20, { momentum: 0.5 }) + entry(45, { lr: 0.01 }),
  )
  // The refused write is an answer of the server, which the browser logs.
  expect(errors.filter((error) => !error.includes('409'))).toEqual([])
})

test('axe finds nothing on the recipe and its dialogs, and a mark is dragged by touch on a phone', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  await steeredRun(root, 150)
  const site = await dashboard({ roots: [root] })
  for (const looks of [{ theme: 'light' }, { theme: 'dark' }, { width: 390, height: 844 }] as const) {
    const { page, errors } = await openPage(looks)
    await openRecipe(page, site.url)
    await page.click('[aria-label="Select entry 2"]')
    await page.click('[aria-label="Shift by 10 steps"]')
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    for (const button of ['Schedule', 'Save', 'Import', 'Export', 'Insert']) {
      await page.click(`.recipe button:text-is("${button}")`)
      await page.waitForSelector('dialog')
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.waitForSelector('dialog', { state: 'detached' })
    }
    if ('width' in looks) await dragMark(page)
    expect(errors).toEqual([])
  }
})

/** Drags the first mark to the right with a finger. */
async function dragMark(page: Page): Promise<void> {
  await page.locator('.recipe-mark').first().scrollIntoViewIfNeeded()
  const box = await placeOf(page.locator('.recipe-mark').first())
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const session = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', to: number): Promise<unknown> =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: to, y }] })
  await touch('touchStart', x)
  for (let moved = 5; moved <= 25; moved += 5) await touch('touchMove', x + moved)
  await touch('touchEnd', x + 25)
  await page.waitForFunction(
    () => Number(document.querySelector<HTMLInputElement>('.recipe-entry input.number')?.value) > 20,
  )
}
