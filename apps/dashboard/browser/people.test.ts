import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, test } from 'vitest'
import { addToken } from '../src/index.ts'
import { dashboard, eventually, generateRun, openPage, startTraining, temporaryRoot } from './fixture.ts'

test("two people see each other, and each other's changes", { timeout: 240_000 }, async () => {
  const dir = join(temporaryRoot(), 'digits')
  startTraining(dir, ['--max-steps', '20000'])
  await eventually(() => existsSync(join(dir, 'hotcb.actuators.json')) || undefined)
  const site = await dashboard({ dir })
  const ada = await openPage({ author: 'ada' })
  await ada.page.goto(`${site.url}run/digits`)
  await ada.page.waitForSelector('[data-control="lr"]')
  expect(await ada.page.locator('.run-head :text("here")').count()).toBe(0)
  const bob = await openPage({ author: 'bob' })
  await bob.page.goto(`${site.url}run/digits`)
  await ada.page.waitForSelector('.badge:text("bob is here")')
  await bob.page.waitForSelector('.badge:text("ada is here")')
  await bob.page.fill('#control-lr', '0.02')
  await bob.page.press('#control-lr', 'Enter')
  await bob.page.press('#control-lr', 'Enter')
  await ada.page.waitForSelector('.toast:has-text("lr 0.05 → 0.02 by bob")')
  await ada.page.waitForSelector('[data-control="lr"] :text("by bob")')
  // The event that the browser sends to a page that it keeps for the back button.
  await bob.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await ada.page.waitForSelector('.badge:text("bob is here")', { state: 'detached' })
  await bob.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  await ada.page.waitForSelector('.badge:text("bob is here")')
  await bob.page.waitForSelector('.badge:text("ada is here")')
  await bob.page.goto(site.url)
  await ada.page.waitForSelector('.badge:text("bob is here")', { state: 'detached' })
  expect([...ada.errors, ...bob.errors]).toEqual([])
})

test("with a viewer's token, nothing on the page of a run sends a change", async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 50, names: ['val_loss'], live: true, start: processStart() })
  const tokens = join(root, 'tokens.json')
  const { token } = addToken(tokens, 'vera', 'viewer')
  const site = await dashboard({ dir: join(root, 'run'), tokens })
  const { page } = await openPage()
  const sent: string[] = []
  page.on('request', (request) => {
    const path = new URL(request.url()).pathname
    // Metrics are read with POST.
    const isReading = request.method() === 'GET' || /\/(session|metrics\/\w+)$/.test(path)
    if (!isReading) sent.push(`${request.method()} ${path}`)
  })
  await page.goto(`${site.url}run/run#token=${token}`)
  await page.waitForSelector('.flag')
  expect(await page.locator('.run-head .actions button:enabled').count()).toBe(0)
  expect(await page.isDisabled('[aria-label="Command"]')).toBe(true)
  expect(await page.locator('[data-control] :is(input, select, button):enabled').count()).toBe(0)
  await page.locator('.flag').first().click()
  await page.waitForSelector('dialog td')
  const dialogs = await page
    .locator('dialog .actions button')
    .evaluateAll((all) => all.map((button) => (button as HTMLButtonElement).disabled))
  expect(dialogs).toEqual([true])
  await page.keyboard.press('Escape')
  for (const tab of await page.getByRole('tab').all()) {
    await tab.click({ force: true })
    for (const button of await page.locator('#panel button:enabled').all()) {
      await button.click({ timeout: 300, force: true }).catch(() => undefined)
      await page.keyboard.press('Escape')
    }
  }
  expect(sent).toEqual([])
})
