import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dashboard, eventually, openPage, startTraining, temporaryRoot } from './fixture.ts'

test('two people see each other, and each what the other changed', { timeout: 240_000 }, async () => {
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
  // What the browser does to a page that it keeps for the back button.
  await bob.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await ada.page.waitForSelector('.badge:text("bob is here")', { state: 'detached' })
  await bob.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  await ada.page.waitForSelector('.badge:text("bob is here")')
  await bob.page.waitForSelector('.badge:text("ada is here")')
  await bob.page.goto(site.url)
  await ada.page.waitForSelector('.badge:text("bob is here")', { state: 'detached' })
  expect([...ada.errors, ...bob.errors]).toEqual([])
})
