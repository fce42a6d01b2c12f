import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

test('a chart claims to have no points only after the server has answered', { timeout: 120_000 }, async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 100 })
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  let answer = (): void => {}
  const asked = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/metrics/windows', async (route) => {
    await asked
    await route.continue()
  })
  await page.goto(`${site.url}run/run`)
  await page.waitForSelector('.chart .plot-empty')
  const texts = await page.$$eval('.plot-empty', (all) => [...new Set(all.map((one) => one.textContent))])
  expect(texts).toEqual(['Reading…'])
  answer()
  await page.waitForFunction(() => document.querySelector('.chart .plot-empty') === null)
  expect(errors).toEqual([])
})
