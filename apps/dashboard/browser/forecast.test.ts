import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

/** Returns the fraction of the pixels that are drawn to the right of a position in the plot, where there are no points yet. */
async function inkAfter(page: import('playwright-core').Page, share: number): Promise<number> {
  return page.evaluate((from) => {
    const canvas = document.querySelector<HTMLCanvasElement>('.charts.large canvas')
    const context = canvas?.getContext('2d')
    if (canvas === null || context == null) return -1
    const left = Math.floor(canvas.width * from)
    const { data } = context.getImageData(left, 10, canvas.width - left - 30, canvas.height - 80)
    let colored = 0
    for (let i = 0; i < data.length; i += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(i, i + 4)
      if (alpha > 0 && Math.max(red, green, blue) - Math.min(red, green, blue) > 25) colored++
    }
    return colored / (data.length / 4)
  }, share)
}

test('the large chart draws a forecast on request, with the time to a target, and reports when a forecast would be misleading', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines: 300, live: true, start: processStart(), maxSteps: 1000, changes: false })
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  await page.goto(`${site.url}run/run?focus=val_loss`)
  await page.waitForSelector('.charts.large canvas')
  await page.getByRole('button', { name: 'Forecast', exact: true }).click()
  const line = page.locator('[data-forecast="val_loss"]')
  await line.waitFor()
  expect(await line.textContent()).toMatch(
    /^val_loss at step 399: 1\.\d+ \(80 %: [\d.]+ to [\d.]+, 95 %: [\d.]+ to [\d.]+\), if nothing is changed; from 300 values/,
  )
  // The chart makes room for the steps of the forecast.
  await page.waitForFunction(() => /~39\d/.test(new URL(location.href).searchParams.get('x') ?? ''))
  await expect.poll(() => inkAfter(page, 0.8)).toBeGreaterThan(0.02)
  expect(await violations(page)).toEqual([])
  await page.fill('[aria-label="Target value"]', '1.2')
  await page.keyboard.press('Enter')
  await page.waitForSelector('[data-forecast="val_loss"]:has-text("1.2 is expected at step 3")')
  await page.fill('[aria-label="Target value"]', '2.9')
  await page.keyboard.press('Enter')
  await page.waitForSelector('[data-forecast="val_loss"]:has-text("2.9 is reached")')
  // A link shows the same forecast.
  await page.reload()
  await page.waitForSelector('[data-forecast="val_loss"]:has-text("2.9 is reached")')
  const change = {
    ...{
      seq: 900,
      step: 295,
      wall_time: Date.now() / 1000,
      module: 'opt',
      op: 'set_params',
      id: 'main',
      source: 'cli',
    },
    ...{ decision: 'applied', attempt: 1, of: null, params: { lr: 0.01 }, payload: { lr: 0.01 }, old: { lr: 0.001 } },
    ...{ cid: null, author: 'ada' },
  }
  appendFileSync(join(dir, 'hotcb.applied.jsonl'), `${JSON.stringify(change)}\n`)
  await page.waitForSelector(
    '[data-forecast="val_loss"]:has-text("No forecast for val_loss: it has 4 values since the change at step 295")',
  )
  await expect.poll(() => inkAfter(page, 0.85)).toBeLessThan(0.005)
  await page.getByRole('button', { name: 'Forecast', exact: true }).click()
  await line.waitFor({ state: 'detached' })
  expect(errors).toEqual([])
})
