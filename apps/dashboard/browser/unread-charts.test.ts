import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

test('a chart does not report a lack of points before the server has answered', { timeout: 120_000 }, async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 100 })
  const site = await dashboard({ roots: [root] })
  const { page } = await openPage()
  // The server never answers.
  await page.route('**/metrics/windows', () => {})
  await page.goto(`${site.url}run/run`)
  await page.waitForSelector('.chart .plot-empty')
  const texts = await page.$$eval('.plot-empty', (all) => [...new Set(all.map((one) => one.textContent))])
  expect(texts).toEqual(['Reading…'])
})
