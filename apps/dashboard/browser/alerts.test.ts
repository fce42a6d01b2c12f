import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { openFleet } from '@hotcb/notify/node'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { afterwards, dashboard, eventually, generateRun, openPage, temporaryRoot } from './fixture.ts'

/** Watches the runs like the notifier of `hotcb serve`. */
async function startNotifier(root: string, dir: string): Promise<void> {
  const terminal = { line: () => undefined, bell: () => undefined }
  const ports = { env: { XDG_CONFIG_HOME: root }, terminal, approvals: null, onTrouble: () => undefined }
  const fleet = openFleet({ findDirs: () => [dir], ports, alertsAlways: true })
  afterwards(() => fleet.close())
}

function report(dir: string, step: number, value: number | null): void {
  const line = { step, wall_time: Date.now() / 1000, metrics: { val_loss: value, train_loss: 0.2 } }
  appendFileSync(join(dir, 'hotcb.metrics.jsonl'), `${JSON.stringify(line)}\n`)
}

async function watchedRun(): Promise<{ readonly root: string; readonly dir: string; readonly url: string }> {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines: 60, live: true, start: processStart(), maxSteps: 1000 })
  const site = await dashboard({ roots: [root], env: { XDG_CONFIG_HOME: root } })
  await startNotifier(root, dir)
  return { root, dir, url: site.url }
}

async function isClean(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([])
  const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth])
  expect(scroll).toBe(inner)
}

test('a metric that is not finite raises an alert in the list and the header; it links to the chart, and stays acknowledged', async () => {
  const { dir, url } = await watchedRun()
  const { page } = await openPage()
  await page.goto(url)
  await page.waitForSelector('.rows .line')
  expect(await page.locator('.badge.alerts').count()).toBe(0)
  report(dir, 60, 1.9)
  report(dir, 61, null)
  await page.waitForSelector('.rows .badge.alerts.bad:text("1 alert")')
  await page.click('.rows .whole-row')
  await page.click('.run-head .badge.alerts')
  const alert = page.locator('[data-alert]').first()
  await alert.waitFor()
  expect(await alert.textContent()).toMatch(/critical.*val_loss is not finite.*step 61 · val_loss/)
  await isClean(page)
  await page.click('text=Show')
  await page.waitForSelector('.charts.large [data-chart="val_loss"] canvas')
  const at = new URL(page.url()).searchParams
  expect([at.get('focus'), at.get('x'), at.get('tab')]).toEqual(['val_loss', '21~71', null])
  await page.goBack()
  await page.click('[data-alert] >> text=Acknowledge')
  await page.waitForSelector('[data-alert].seen:has-text("acknowledged by ada")')
  await page.reload()
  await page.waitForSelector('[data-alert].seen:has-text("acknowledged by ada")')
  expect(await page.locator('.run-head .badge.alerts').count()).toBe(0)
})

test('a custom rule is added on the page, raises an alert, and is deleted; a phone shows it without horizontal scrolling', async () => {
  const { dir, url } = await watchedRun()
  const { page } = await openPage({ width: 390, height: 844, theme: 'dark' })
  await page.goto(`${url}run/run?tab=notifications`)
  await page.click('text=Add a rule')
  await page.selectOption('.alert-rule-form select >> nth=0', 'when')
  await page.fill('.alert-rule-form input', 'val_loss >')
  await page.click('text=Save the rule')
  await page.waitForSelector('.toast:has-text("ends too early")')
  await page.selectOption('.alert-rule-form select >> nth=0', 'gt')
  await page.fill('label:has-text("Metric") input', 'val_loss')
  await page.fill('label:has-text("Value") input', '3')
  await page.click('text=Save the rule')
  await page.waitForSelector('[data-rule="val_loss is above 3"]')
  await isClean(page)
  let step = 60
  await eventually(async () => {
    report(dir, step++, 3.5)
    return (await page.locator('[data-alert]:has-text("val_loss too high")').count()) > 0 || undefined
  })
  await page.click('[aria-label="Delete val_loss is above 3"]')
  await page.locator('[data-rule="val_loss is above 3"]').waitFor({ state: 'detached' })
})

test('the browser shows a notification of a new alert, and a click on it opens the place in the chart', async () => {
  const { dir, url } = await watchedRun()
  const { page, context } = await openPage()
  await context.grantPermissions(['notifications'], { origin: new URL(url).origin })
  await page.addInitScript(() => {
    const shown: { text: string; notice: Notification }[] = []
    const Real = window.Notification
    Object.assign(window, { shown })
    window.Notification = class extends Real {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options)
        shown.push({ text: `${title} | ${options?.body}`, notice: this })
      }
    }
  })
  await page.goto(`${url}run/run?tab=notifications`)
  await page.click('text=Notify me here')
  await page.waitForSelector('[aria-label="This browser"] .badge:text("on")')
  report(dir, 60, 1.9)
  report(dir, 61, null)
  await page.waitForFunction(() => (window as unknown as { shown: unknown[] }).shown.length > 0)
  const text = await page.evaluate(() => {
    const [first] = (window as unknown as { shown: { text: string; notice: Notification }[] }).shown
    first?.notice.onclick?.(new Event('click'))
    return first?.text
  })
  expect(text).toMatch(/^run: val_loss is not finite \| .*\(step 61\)$/)
  await page.waitForSelector('.charts.large [data-chart="val_loss"]')
})
