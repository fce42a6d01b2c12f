import { appendFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { afterwards, dashboard, openPage, temporaryRoot } from './fixture.ts'
import { propose, writeWatchedRun } from './watched-run.ts'

const MESSAGE = {
  ...{ title: 'run: paused', text: 'the run is paused', level: 'info', run: 'run', step: 1, rule: 'paused' },
  ...{ phase: 'opened', metric: null, value: null, action: null },
}

/** Starts a server that refuses every message. */
async function startRefuser(): Promise<string> {
  const server = createServer((_, response) => response.writeHead(404).end())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  afterwards(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path` // it listens on a port
}

test("channels, rules and messages are shown without secrets, and a test message shows the channel's answer", async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeWatchedRun(dir)
  const url = await startRefuser()
  const yaml = `channels: {hook: {kind: webhook, url: "${url}", secret: env:HOOK_SECRET}}\nrules: [{on: paused}]\n`
  writeFileSync(join(dir, 'hotcb.notify.yaml'), yaml, { mode: 0o600 })
  const data = {
    id: 'a',
    key: 'paused',
    channel: 'hook',
    tries: 0,
    state: 'due',
    message: MESSAGE,
    reason: null,
    ref: null,
  }
  const lines = [data, { ...data, state: 'failed', tries: 5, message: null, reason: 'the server returned status 404' }]
  appendFileSync(
    join(dir, 'hotcb.notify.jsonl'),
    lines.map((one) => `${JSON.stringify({ kind: 'notify', ts: 100, data: one })}\n`).join(''),
  )
  const env = { HOOK_SECRET: 'signing-secret', XDG_CONFIG_HOME: root }
  const site = await dashboard({ roots: [root], env })
  const { page } = await openPage({ width: 380, height: 800 })
  await page.goto(`${site.url}run/run?tab=notifications`)
  await page.waitForSelector('[data-delivery="a"]:has-text("failed after 5 tries (the server returned status 404)")')
  expect(await page.textContent('[aria-label="Notification rules"]')).toMatch(
    /paused.*info.*again after 1h.*all channels/,
  )
  expect([await page.content(), await violations(page)]).toEqual([
    expect.not.stringMatching(/signing-secret|secret-path/),
    [],
  ])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(380)
  await page.getByRole('button', { name: 'Test hook' }).click()
  await page.waitForSelector('.toast[data-answer="not sent"]:has-text("404")')
})

test('a browser with permission shows a notification of a new proposal, but not of earlier ones', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeWatchedRun(dir)
  const site = await dashboard({ roots: [root], env: { XDG_CONFIG_HOME: root } })
  const { page, context } = await openPage()
  await context.grantPermissions(['notifications'], { origin: new URL(site.url).origin })
  // Records the notifications of the page, in addition to what the browser does with them.
  await page.addInitScript(() => {
    const Real = window.Notification
    const shown: string[] = []
    Object.assign(window, { shown })
    window.Notification = class extends Real {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options)
        shown.push(`${title} | ${options?.body}`)
      }
    }
  })
  await page.goto(`${site.url}run/run?tab=notifications`)
  await page.click('text=Notify me here')
  await page.waitForSelector('[aria-label="This browser"] .badge:text("on")')
  propose(dir, 'a1-5', 390)
  await page.waitForFunction(() => (window as unknown as { shown: string[] }).shown.length > 0)
  expect(await page.evaluate(() => (window as unknown as { shown: string[] }).shown)).toEqual([
    'run: lr 3e-4 → 1.5e-4 is waiting for a person | val_loss: no better over the last 8 values: 0.21 → 0.22, trend z 0.4',
  ])
  await page.reload()
  await page.waitForSelector('[aria-label="This browser"] .badge:text("on")')
})
