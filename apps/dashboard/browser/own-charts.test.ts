import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, generateRun, openPage, placeOf, temporaryRoot } from './fixture.ts'

const OWN = 'train_loss - val_loss'

async function openRun(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.waitForSelector('.chart .uplot')
}

/** Opens the menu of a chart. */
async function openMenu(page: Page, title: string): Promise<void> {
  await page.hover(`.chart[data-chart="${title}"]`)
  await page.click(`[aria-label="Options for ${title}"]`)
  await page.waitForSelector('dialog form')
}

async function createChart(page: Page, ...lines: readonly string[]): Promise<void> {
  await page.click('button:text-is("New chart")')
  for (const line of lines) {
    await page.fill('dialog input', line)
    await page.click('dialog button:text-is("Add line")')
  }
  await page.click('dialog button:text-is("Create chart")')
}

/** Returns the titles of the charts in a group of the page, in order. */
function titles(page: Page, group: string): Promise<(string | undefined)[]> {
  return page.$$eval(`[data-group="${group}"]`, (places) =>
    places.map((place) => (place as HTMLElement).dataset['title']),
  )
}

test('a custom chart draws an expression; an invalid one is rejected with one line; axis and thresholds are in the link', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 400 })
  generateRun(join(root, 'other'), { lines: 100 })
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  await openRun(page, `${site.url}run/run`)

  await page.click('button:text-is("New chart")')
  await page.fill('dialog input', 'train_loss - nope')
  await page.click('dialog button:text-is("Create chart")')
  await page.waitForSelector('dialog .issue:text-is("no metric `nope` in this run")')
  await page.keyboard.press('Escape')

  await createChart(page, OWN, 'lr')
  const own = `${OWN}, lr`
  await page.waitForSelector(`.chart[data-chart="${own}"] .uplot`)
  await page.waitForFunction((title) => {
    const value = document.querySelector(`.chart[data-chart="${title}"] .legend b`)?.textContent ?? ''
    return /^-?\d/.test(value)
  }, own)

  await openMenu(page, own)
  await page.fill('dialog label:has-text("Lower end") input', '-1')
  await page.fill('dialog label:has-text("Upper end") input', '2')
  await page.fill('dialog label:has-text("Thresholds") input', '0.3 target, 1')
  await page.click('dialog button:text-is("Show")')
  await page.waitForSelector('dialog', { state: 'detached' })
  expect(new URL(page.url()).searchParams.get('looks')).toContain(encodeURIComponent('y=-1~2'))

  // The content is saved in four formats.
  await openMenu(page, own)
  const saved = async (format: string): Promise<Buffer> => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click(`dialog button:text-is("${format}")`),
    ])
    return readFileSync(await download.path())
  }
  expect((await saved('PNG')).subarray(1, 4).toString()).toBe('PNG')
  expect((await saved('SVG')).toString()).toMatch(/^<svg .*target.*train_loss - val_loss/s)
  const rows = (await saved('CSV')).toString().split('\n')
  expect(rows.filter((row) => row.startsWith(`${OWN},`)).length).toBeGreaterThan(100)
  expect((await saved('Parquet')).subarray(0, 4).toString()).toBe('PAR1')
  await page.keyboard.press('Escape')

  // A link shows the same charts to another person.
  const { page: other, errors: otherErrors } = await openPage()
  await openRun(other, page.url())
  await openMenu(other, own)
  expect(await other.inputValue('dialog label:has-text("Thresholds") input')).toBe('0.3 target, 1')
  await other.keyboard.press('Escape')

  // Saved under a name, and opened for another run.
  await page.click('button:text-is("Save view")')
  await page.fill('dialog input', 'gap')
  await page.click('dialog button:text-is("Save")')
  await page.waitForSelector('dialog', { state: 'detached' })
  const views = JSON.parse(readFileSync(join(root, 'hotcb.charts.json'), 'utf8'))
  expect(views.views.gap).toMatchObject({ author: 'ada', rev: 1 })
  await openRun(other, `${site.url}run/other`)
  await other.selectOption('[aria-label="Saved views"]', 'gap')
  await other.waitForSelector(`.chart[data-chart="${own}"] .uplot`)

  // The chart is kept for this run in this browser until it is removed.
  await openRun(page, `${site.url}run/run`)
  await page.waitForSelector(`.chart[data-chart="${own}"] .uplot`)
  await openMenu(page, own)
  await page.click('dialog button:text-is("Remove this chart")')
  await page.waitForSelector(`.chart[data-chart="${own}"]`, { state: 'detached' })
  expect([...errors, ...otherErrors]).toEqual([])
})

test('an annotation at a step is shown to everyone who has the run open, with its author, and can be removed', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 200 })
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  await openRun(page, `${site.url}run/run`)
  await page.focus('.chart[data-chart="loss"] .plot')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('n')
  await page.fill('dialog label:has-text("Text") input', 'the data changed here')
  await page.fill('dialog label:has-text("Step") input', 'x')
  await page.waitForSelector('dialog .issue:text-is("the step must be a whole number of at least 0, not `x`")')
  await page.fill('dialog label:has-text("Step") input', '120')
  await page.fill('dialog label:has-text("Value") input', '1.5')
  expect(await violations(page)).toEqual([])
  await page.click('dialog button:text-is("Add annotation")')
  await page.waitForSelector('.chart[data-chart="loss"] .note:has-text("the data changed here")')
  expect(await page.$$('.chart[data-chart="val_accuracy"] .note')).toEqual([])

  const { page: other, errors: otherErrors } = await openPage({ author: 'bob', width: 390, height: 844 })
  await openRun(other, `${site.url}run/run`)
  await other.waitForSelector('.note')
  expect(await violations(other)).toEqual([])
  if (process.env['SHOTS']) await other.screenshot({ path: `${process.env['SHOTS']}/note.png` })
  await other.click('.chart[data-chart="loss"] .note')
  await other.waitForSelector('dialog p:has-text("ada at")')
  await other.click('dialog button:text-is("Remove annotation")')
  await other.waitForSelector('.note', { state: 'detached' })
  expect([...errors, ...otherErrors]).toEqual([])
})

test('charts can be moved and resized by mouse and by keyboard', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 200 })
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage({ width: 1600 })
  await openRun(page, `${site.url}run/run?pin=-`)
  const before = (await titles(page, 'all')).slice(0, 3)
  const [first, second, third] = before
  const boxOf = async (selector: string) => {
    const box = await placeOf(page.locator(selector).first())
    return { ...box, x2: box.x + box.width / 2, y2: box.y + box.height / 2 }
  }

  // By mouse: the third chart is moved before the first.
  await page.hover(`.chart[data-chart="${third}"]`)
  const grip = await boxOf(`.chart[data-chart="${third}"] .move-grip`)
  const target = await boxOf(`.chart[data-chart="${first}"]`)
  await page.mouse.move(grip.x2, grip.y2)
  await page.mouse.down()
  await page.mouse.move(target.x + 30, target.y2, { steps: 5 })
  await page.waitForSelector('[data-drop="before"]')
  await page.mouse.up()
  expect((await titles(page, 'all')).slice(0, 3)).toEqual([third, first, second])

  // By keyboard: it moves back by one place, and keeps the focus.
  await page.focus(`.chart[data-chart="${third}"] .move-grip`)
  await page.keyboard.press('Shift+ArrowRight')
  await page.waitForFunction(
    (title) => document.activeElement?.getAttribute('aria-label')?.startsWith(`Move ${title}`),
    third,
  )
  expect((await titles(page, 'all')).slice(0, 3)).toEqual([first, third, second])

  // Resized with the mouse.
  await page.hover(`.chart[data-chart="${first}"]`)
  const corner = await boxOf(`.chart[data-chart="${first}"] .resize-grip`)
  await page.mouse.move(corner.x2, corner.y2)
  await page.mouse.down()
  await page.mouse.move(corner.x2 + target.width, corner.y2 + 100, { steps: 5 })
  await page.mouse.up()
  await page.waitForSelector(`[data-title="${first}"][data-columns="2"]`)
  const larger = await boxOf(`.chart[data-chart="${first}"]`)
  expect(larger.width).toBeGreaterThan(target.width * 1.8)
  expect(larger.height).toBeGreaterThan(target.height + 80)

  // Resized with the keyboard, and stored.
  await openMenu(page, second ?? '')
  await page.fill('dialog input[type="number"]', '300')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Escape')
  await openRun(page, `${site.url}run/run`)
  await page.waitForSelector(`[data-title="${first}"][data-columns="2"]`)
  expect((await titles(page, 'all')).slice(0, 3)).toEqual([first, third, second])
  expect((await boxOf(`.chart[data-chart="${second}"]`)).height).toBeGreaterThan(300)
  expect(errors).toEqual([])
})

test('axe finds nothing on custom charts and their menus, in two themes and on a phone', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 300 })
  const site = await dashboard({ roots: [root] })
  const looks = encodeURIComponent(encodeURIComponent(`${OWN}||y=-1~2,at=0.3:target,w=2`))
  const charts = encodeURIComponent(encodeURIComponent(OWN))
  for (const look of [{ theme: 'light' }, { theme: 'dark' }, { width: 390, height: 844 }] as const) {
    const { page } = await openPage(look)
    await openRun(page, `${site.url}run/run?charts=${charts}&looks=${looks}`)
    await page.waitForSelector(`.chart[data-chart="${OWN}"] .uplot`)
    expect(await violations(page)).toEqual([])
    await openMenu(page, OWN)
    expect(await violations(page)).toEqual([])
    if (process.env['SHOTS'])
      await page.screenshot({ path: `${process.env['SHOTS']}/menu-${JSON.stringify(look).replace(/\W+/g, '-')}.png` })
    await page.keyboard.press('Escape')
    if (process.env['SHOTS'])
      await page.screenshot({ path: `${process.env['SHOTS']}/own-${JSON.stringify(look).replace(/\W+/g, '-')}.png` })
    await page.click('button:text-is("New chart")')
    await page.waitForSelector('dialog button:text-is("Create chart")')
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  }
})
