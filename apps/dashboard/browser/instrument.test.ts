import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

async function liveRun(): Promise<string> {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines: 300, live: true, start: processStart(), maxSteps: 1000 })
  const site = await dashboard({ roots: [root] })
  return `${site.url}run/run`
}

test('the path through the metrics is drawn with its changes and the meaning of its directions, on a phone too', async () => {
  const url = await liveRun()
  for (const looks of [{ width: 1440 }, { width: 390, height: 844, theme: 'dark' as const }]) {
    const { page, errors } = await openPage(looks)
    await page.goto(`${url}?tab=trajectory`)
    await page.waitForSelector('.path-plot polyline')
    expect(await page.textContent('[aria-label="Path through the metrics"]')).toMatch(
      /To the right\d+ % of the variance: .*(train_loss|val_loss) (rises|falls)/,
    )
    expect(await page.locator('.path-mark').count()).toBeGreaterThan(0)
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(looks.width)
    await page.locator('.path-mark').first().click()
    await page.waitForSelector('dialog:has-text("Ledger")')
    // The points before and after the change, next to the table of effects.
    await page.waitForSelector('dialog .evidence svg')
    expect(await violations(page)).toEqual([])
    expect(errors).toEqual([])
  }
})

test('one row of 48 pixels with Pause and Stop stays visible, and does not shift the page', async () => {
  const url = await liveRun()
  for (const looks of [{ width: 1440 }, { width: 390, height: 844 }]) {
    const { page } = await openPage(looks)
    await page.goto(`${url}?marks=all`)
    await page.waitForSelector('.chart canvas')
    expect(await page.locator('.run-strip').count()).toBe(0)
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    await page.mouse.wheel(0, 700)
    const strip = page.locator('.run-strip > div')
    await strip.waitFor()
    const box = await strip.boundingBox()
    expect([box?.height, Math.round(box?.y ?? 0) <= 49]).toEqual([48, true])
    expect(await strip.textContent()).toMatch(/step299.*val_loss.*Pause.*Stop/)
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(height)
    expect(await violations(page)).toEqual([])
  }
})

test('a rate is halved and doubled by one press, and the slider shows decades and the value in the trainer', async () => {
  const url = await liveRun()
  const { page } = await openPage({ width: 390, height: 844 })
  await page.goto(`${url}?tab=controls`)
  await page.click('[aria-label="Learning rate times 2"]')
  await page.waitForSelector('.dock:has-text("3e-4 → 6e-4")')
  expect(await page.locator('.control:has-text("Learning rate") .tick').count()).toBe(8)
  expect(await page.locator('.slider-track .live-value').first().getAttribute('title')).toBe('now 3e-4')
  await page.click('[aria-label="Learning rate times 0.5"]')
  await page.locator('.dock:has-text("3e-4 → 6e-4")').waitFor({ state: 'detached' })
  expect(await violations(page)).toEqual([])
})

test('the skip link leads to the content of the open page, even after going from one page to another', async () => {
  const url = await liveRun()
  const { page } = await openPage()
  await page.goto(url.replace(/run\/run$/, ''))
  await page.click('.rows .whole-row')
  await page.waitForSelector('.run-head')
  const target = await page.getAttribute('.skip', 'href')
  expect(new URL(target ?? '', page.url()).pathname).toBe(new URL(page.url()).pathname)
  expect(await violations(page)).toEqual([])
})
