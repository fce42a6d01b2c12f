import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, eventually, openPage, placeOf, startTraining, temporaryRoot } from './fixture.ts'

/** Creates a live run that a person and a rule have changed, with a refused command and one for a later step. */
async function steeredRun(): Promise<string> {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  startTraining(dir, ['--max-steps', '100000'])
  await eventually(() => existsSync(join(dir, 'hotcb.actuators.json')))
  const set = (cid: string, source: string, params: object, more: object = {}): void =>
    appendFileSync(
      join(dir, 'hotcb.commands.jsonl'),
      `${JSON.stringify({ cid, source, module: 'opt', op: 'set_params', params, ...more })}\n`,
    )
  set('c1', 'autopilot', { momentum: 0.8 })
  await decided(dir, 'c1')
  set('c2', 'cli', { scheduler_scale: 0.5 }, { author: 'bob' })
  set('c3', 'cli', { lr: 0.02 }, { author: 'bob', at: { step: 90_000 } })
  await decided(dir, 'c2')
  return root
}

async function decided(dir: string, cid: string): Promise<void> {
  await eventually(() => readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').includes(`"cid":"${cid}"`))
}

async function open(looks: Parameters<typeof openPage>[0], view = ''): Promise<{ page: Page; errors: string[] }> {
  const site = await dashboard({ roots: [await steeredRun()] })
  const { page, errors } = await openPage(looks)
  await page.goto(`${site.url}run/run${view}`)
  await page.waitForSelector('.page-rail .flag[data-outcome="scheduled"]')
  return { page, errors }
}

test('the rail shows every change once, coloured by source and shaped by outcome; hover, focus and a click describe it', async () => {
  const { page, errors } = await open({}, '?x=0~4000')
  const flags = page.locator('.page-rail .flag')
  await expect.poll(() => flags.count()).toBe(2)
  // The two decided changes are close to each other; the scheduled one is at the end.
  const group = flags.first()
  expect(await group.getAttribute('aria-label')).toMatch(
    /^2 changes: step \d+: momentum 0\.9 → 0\.8 \(autopilot\), applied; step \d+: scheduler_scale .*\(bob\), failed: .*needs a schedule/,
  )
  expect(await flags.last().getAttribute('aria-label')).toBe(
    'Change at step 90000: lr = 0.02 (bob), scheduled for step 90000',
  )
  expect(await page.locator('.chart .flag').count()).toBe(0)
  const legend = await page.locator('.rail-legend li').allTextContents()
  expect(legend).toEqual(['Person', 'Rule', 'Applied', 'Scheduled', 'Refused or failed'])
  await group.hover()
  await page.waitForSelector('.flag-card:has-text("momentum 0.9 → 0.8"):has-text("autopilot, applied")')
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')

  await group.focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForSelector('.flag-card:has-text("scheduled for step 90000")')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  await page.waitForSelector('dialog[open] h3:has-text("momentum 0.9 → 0.8")')
  expect(await page.textContent('dialog')).toMatch(/failed.*needs a schedule/s)
  expect(await violations(page)).toEqual([])
  await page.click('dialog .link')
  await page.waitForSelector('dialog[open] h2:has-text("momentum 0.9 → 0.8")')
  expect(new URL(page.url()).searchParams.get('tab')).toBe('ledger')
  expect(errors).toEqual([])
})

test('the rail shares cursor and zoom with the charts', async () => {
  const { page, errors } = await open({}, '?focus=train_loss')
  await page.waitForSelector('.chart .legend b:not(:text-is("–"))')
  // The rail adapts when a label makes the chart's axis wider.
  const [rail, chart] = [page.locator('.page-rail .u-over'), page.locator('.charts.large .u-over')]
  const apart = async () => {
    const [one, other] = [await placeOf(rail), await placeOf(chart)]
    return Math.abs(one.x - other.x) + Math.abs(one.width - other.width)
  }
  await expect.poll(apart).toBeLessThan(3)
  const box = await placeOf(rail)
  const y = box.y + box.height - 2
  await page.mouse.move(box.x + box.width * 0.6, y)
  const cursor = (of: string) => page.evaluate((of) => document.querySelector<HTMLElement>(of)?.style.transform, of)
  await expect.poll(() => cursor('.chart .u-cursor-x')).toMatch(/translate\([1-9]\d+/)
  const areEqual = async () => (await cursor('.chart .u-cursor-x')) === (await cursor('.page-rail .u-cursor-x'))
  await expect.poll(areEqual).toBe(true)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.9, y, { steps: 4 })
  await page.mouse.up()
  await expect.poll(() => new URL(page.url()).searchParams.get('x')).toMatch(/^\d+(\.\d+)?~\d+(\.\d+)?$/)
  // Then the first changes are not visible.
  await expect.poll(() => page.locator('.page-rail .flag:not([data-ahead])').count()).toBe(0)
  expect(errors).toEqual([])
})

test('on a phone with the dark theme the rail fits, and a scheduled change can be cancelled from it', async () => {
  const { page, errors } = await open({ width: 390, height: 844, theme: 'dark' })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  expect(await violations(page)).toEqual([])
  await page.click('.flag[data-outcome="scheduled"]')
  await page.click('dialog button:text-is("Cancel")')
  await page.waitForSelector('.page-rail .flag[data-outcome="scheduled"]', { state: 'detached' })
  expect(errors).toEqual([])
})
