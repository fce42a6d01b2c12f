import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, eventually, generateRun, openPage, temporaryRoot } from './fixture.ts'
import { launchTraining, serve } from './served.ts'

function finished(dir: string): boolean {
  try {
    return JSON.parse(readFileSync(join(dir, 'hotcb.run.json'), 'utf8')).completed_at != null
  } catch {
    return false
  }
}

async function choose(page: Page, name: string): Promise<void> {
  await page.check(`[aria-label="Select ${name}"]`)
}

/** Returns the colours next to names, by name. */
async function colorsIn(page: Page, rows: string): Promise<Readonly<Record<string, string | null>>> {
  const found = await page.$$eval(rows, (all) =>
    all.map((row) => [
      /today-1|today-2|yesterday/.exec(row.textContent ?? '')?.[0] ?? '',
      row.querySelector('.swatch')?.getAttribute('style') ?? null,
    ]),
  )
  return Object.fromEntries(found)
}

/** Returns the text that a click saves as a file. */
async function savedBy(page: Page, click: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()])
  return readFileSync(await download.path(), 'utf8')
}

test("a user's hour with many runs: find, label, columns, view, compare, group by seed, edit a recipe, branch, export", {
  timeout: 600_000,
}, async () => {
  const root = temporaryRoot()
  for (const [name, seed, config] of [
    ['today-1', '1', 'simple'],
    ['today-2', '2', 'simple'],
    ['yesterday', '1', 'finetune'],
  ] as const) {
    await launchTraining(join(root, name), ['--config', config, '--seed', seed, '--max-steps', '120'])
  }
  const site = await serve(root)
  const { page, errors } = await openPage()

  // Open, and find the runs.
  await page.goto(site)
  await page.waitForSelector('a:text-is("yesterday")')
  await page.fill('[aria-label="Filter runs"]', 'status:finished step>=100 seed=1')
  await page.waitForFunction(() => document.querySelectorAll('.rows .line').length === 2)

  // Choose columns, with a parameter and a metric.
  await page.click('button:text-is("Columns")')
  await page.fill('[aria-label="Find a column"]', 'l')
  await page.check('dialog label:text-is("lr")')
  await page.check('dialog input[name="stat"] >> nth=1')
  await page.check('dialog label:text-is("val_loss best")')
  await page.keyboard.press('Escape')
  await page.waitForSelector('[role="columnheader"]:has-text("val_loss best")')
  await page.waitForFunction(() =>
    /\d\.\d/.test(document.querySelector('.rows .line')?.lastElementChild?.textContent ?? ''),
  )
  await page.click('[role="columnheader"] button:has-text("val_loss best")')

  // Save the view, leave it, and open it again.
  await page.click('button:text-is("Save view")')
  await page.fill('dialog input', 'seed one')
  await page.click('dialog button:text-is("Save")')
  await page.waitForSelector('dialog', { state: 'detached' })
  await page.selectOption('[aria-label="Saved views"]', '')
  await page.waitForFunction(() => document.querySelectorAll('.rows .line').length === 3)
  await page.selectOption('[aria-label="Saved views"]', 'seed one')
  await page.waitForFunction(() => document.querySelectorAll('.rows .line').length === 2)
  expect(new URL(page.url()).searchParams.get('q')).toBe('status:finished step>=100 seed=1')
  await page.selectOption('[aria-label="Saved views"]', '')
  await page.waitForFunction(() => document.querySelectorAll('.rows .line').length === 3)

  // Go to a run and back with the palette.
  await page.keyboard.press('Control+K')
  await page.fill('[aria-label="Run, page or tab"]', 'yester')
  await page.waitForSelector('[role="option"][aria-selected="true"]:has-text("yesterday")')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.run-head h1:text-is("yesterday")')
  await page.keyboard.press('Control+K')
  await page.fill('[aria-label="Run, page or tab"]', 'runs')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelectorAll('.rows .line').length === 3)

  // Label: tags for two runs, a name and notes for one.
  await choose(page, 'today-1')
  await choose(page, 'today-2')
  await page.click('button:text-is("Add tags")')
  await page.fill('dialog input', 'today, good')
  await page.click('dialog button:text-is("Save")')
  await page.waitForFunction(() => document.querySelectorAll('.tag').length === 4)
  await page.click('[aria-label="Star today-1"]')
  await page.waitForSelector('[aria-label="Star today-1"][aria-pressed="true"]')
  const labels = JSON.parse(readFileSync(join(root, 'hotcb.labels.json'), 'utf8'))
  expect(labels.runs['today-1']).toMatchObject({ tags: ['today', 'good'], star: true })
  expect(existsSync(join(root, 'today-1', 'hotcb.metrics.jsonl'))).toBe(true)

  // Compare with yesterday's.
  await choose(page, 'yesterday')
  const inTable = await colorsIn(page, '.rows .line.selected')
  await page.click('.selection-bar button:text-is("Compare")')
  await page.waitForSelector('.compare-chart[data-chart="val_loss"][data-lines="3"]')
  expect(await colorsIn(page, '.compare-legend li')).toEqual(inTable)
  expect(new Set(Object.values(inTable)).size).toBe(3)
  await page.waitForFunction(() =>
    document.querySelector('[aria-label="First divergence"]')?.textContent?.includes('step'),
  )

  // Group by all parameters except the seed, add an expression, and use a time axis.
  await page.selectOption('[aria-label="Draw"]', 'seed')
  await page.waitForSelector('.compare-chart[data-chart="val_loss"][data-lines="2"]')
  await page.fill('[aria-label="Add a chart"]', 'train_loss - val_loss')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.compare-chart[data-chart="train_loss - val_loss"][data-lines="2"]')
  await page.fill('[aria-label="Add a chart"]', 'no_such_metric * 2')
  await page.keyboard.press('Enter')
  await page.waitForSelector('text=no metric `no_such_metric` in these runs')
  await page.selectOption('[aria-label="Horizontal axis"]', 'relative')
  await page.click('[aria-label="Log axis for val_loss"]')
  await page.hover('.compare-chart[data-chart="val_loss"] .compare-catch', { position: { x: 200, y: 100 } })
  await page.waitForSelector('.compare-reading')

  // A link shows the same view.
  const { page: other, errors: otherErrors } = await openPage()
  await other.goto(page.url())
  await other.waitForSelector('.compare-chart[data-chart="train_loss - val_loss"][data-lines="2"]')
  expect(await other.inputValue('[aria-label="Horizontal axis"]')).toBe('relative')
  expect(await other.getAttribute('[aria-label="Log axis for val_loss"]', 'aria-pressed')).toBe('true')

  // Edit the recipe of a run, preview it, and export it.
  await page.goto(`${site}run/today-1?tab=recipe`)
  await page.waitForSelector('.recipe-plot .metric')
  await page.click('.recipe button:text-is("Insert")')
  await page.fill('dialog label:has-text("Step") input', '60')
  await page.fill('[aria-label="Name of value 1"]', 'lr')
  await page.fill('[aria-label="Value 1"]', '0.01')
  await page.click('dialog button:text-is("Insert")')
  await page.waitForSelector('[data-plot="lr"] .control')
  await page.click('[aria-label="Select entry 1"]')
  await page.click('[aria-label="Shift by 10 steps"]')
  await page.click('button:text-is("Export")')
  const recipe = await savedBy(page, () => page.click('dialog button:text-is("Recipe, JSON lines")'))
  expect(JSON.parse(recipe)).toMatchObject({ at: { step: 70 }, module: 'opt', op: 'set_params', params: { lr: 0.01 } })
  await page.keyboard.press('Escape')
  await page.waitForSelector('dialog', { state: 'detached' })

  // Branch from its checkpoint: a real run, which continues with a different rate.
  await page.click('role=tab[name="Checkpoints"]')
  await page.click('[aria-label="New run from step-120…"]')
  await page.fill('dialog label:text-is("Steps") + input', '240')
  await page.fill('dialog input.mono', 'lr=0.0123')
  await page.click('dialog button:text-is("Start new run")')
  await page.waitForURL(/\/run\/simple-001/, { timeout: 60_000 })
  const child = join(root, 'simple-001')
  await eventually(() => finished(child) || undefined)
  expect(JSON.parse(readFileSync(join(child, 'hotcb.run.json'), 'utf8'))).toMatchObject({
    seed: 1,
    parent: { run: 'today-1', step: 120, tag: 'step-120', dir: join(root, 'today-1') },
  })
  const trained = readFileSync(join(child, 'hotcb.metrics.jsonl'), 'utf8').trimEnd().split('\n')
  expect([trained[0], trained.at(-1)].map((text) => JSON.parse(text ?? '').step)).toEqual([120, 239])
  expect(JSON.parse(trained.at(-1) ?? '').metrics.lr).toBe(0.0123)

  // It is a child in the tree of its parent, and names its parent.
  await page.click('role=tab[name="Checkpoints"]')
  await page.click('.tree a:text-is("today-1")')
  await page.waitForURL(/\/run\/today-1/)
  await page.click('role=tab[name="Checkpoints"]')
  await page.waitForSelector('.tree li[data-lane="other"] a:text-is("simple-001")')

  // Compare the two, and export.
  await page.goto(`${site}compare?runs=today-1,simple-001&m=val_loss`)
  await page.waitForSelector('.compare-chart[data-chart="val_loss"][data-lines="2"]')
  await page.click('[aria-label="Options for val_loss"]')
  const csv = await savedBy(page, () => page.click('dialog button:text-is("CSV")'))
  expect(csv).toMatch(/^line,x,y\n(today-1,.*\n)+(simple-001,.*\n)+$/)
  const svg = await savedBy(page, () => page.click('dialog button:text-is("SVG")'))
  expect(svg).toMatch(/^<svg .*<path /s)
  expect([...errors, ...otherErrors]).toEqual([])
})

test('axe finds nothing on the table and the comparison page, in two themes and on a phone', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  for (let i = 0; i < 6; i++) generateRun(join(root, 'sweep', `trial-${i}`), { lines: 300, seed: i + 1 })
  const site = await dashboard({ roots: [root] })
  const ids = Array.from({ length: 6 }, (_, i) => `sweep~trial-${i}`)
  for (const looks of [{ theme: 'light' }, { theme: 'dark' }, { width: 390, height: 844 }] as const) {
    const { page } = await openPage(looks)
    await page.goto(`${site.url}?cols=status,p:lr,m:val_loss:best,tags,notes,course&group=status`)
    await page.waitForSelector('[aria-label="Select sweep/trial-3"]')
    await choose(page, 'sweep/trial-3')
    expect(await violations(page)).toEqual([])
    await page.click('button:text-is("Columns")')
    await page.waitForSelector('dialog legend:text-is("Parameters")')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+K')
    await page.waitForSelector('[role="option"]:has-text("trial-5")')
    expect(await violations(page)).toEqual([])
    await page.goto(`${site.url}compare?runs=${ids.join(',')}`)
    await page.waitForSelector('.compare-chart[data-lines="6"]')
    const colors = await page.$$eval('.compare-legend .swatch', (all) => all.map((one) => one.getAttribute('style')))
    expect(new Set(colors).size).toBe(6)
    await page.waitForSelector('[aria-label="Differences"]')
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  }
})

test('on a phone a run is a card with its state, key metric, progress and last activity; cards can be sorted and selected', {
  timeout: 120_000,
}, async () => {
  const root = temporaryRoot()
  for (const [i, name] of ['a-run-with-a-name-that-is-longer-than-a-phone-is-wide', 'short'].entries()) {
    generateRun(join(root, name), { lines: 300 + i, seed: i + 1 })
  }
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage({ width: 390, height: 844 })
  await page.goto(`${site.url}?cols=status,key,step,course,updated,p:lr,m:val_loss:best&group=seed`)
  await page.waitForFunction(() => document.querySelectorAll('.run-card .spark path').length === 2)
  await page.waitForFunction(() => /val_loss best *\d/.test(document.querySelector('.run-card')?.textContent ?? ''))
  const text = await page.textContent('.run-card:has-text("short")')
  expect(text).toMatch(/short/)
  expect(text).toMatch(/val_loss\s*\d/)
  expect(text).toMatch(/step 300|301/)
  expect(text).toMatch(/\d+ (s|min)|now/)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  for (const part of ['.run-card .badge', '.run-card .reached b', '.run-card .spark']) {
    const right = await page.$$eval(part, (all) => Math.max(...all.map((one) => one.getBoundingClientRect().right)))
    expect(right, part).toBeLessThan(378)
  }
  expect(await violations(page)).toEqual([])
  await page.goto(site.url)
  await page.selectOption('[aria-label="Sort by"]', 'name')
  await page.waitForFunction(() => document.querySelector('.run-card .whole-row')?.textContent?.startsWith('a-run'))
  await page.click('[aria-label="Sort descending"]')
  await page.waitForFunction(() => document.querySelector('.run-card .whole-row')?.textContent === 'short')
  await page.check('[aria-label="Select short"]')
  await page.check('[aria-label="Select all runs that match the filter"]')
  await page.waitForSelector('.selection-bar:has-text("2 runs")')
  expect(errors).toEqual([])
})
