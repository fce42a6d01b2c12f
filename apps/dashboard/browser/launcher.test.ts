import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, openPage, temporaryRoot } from './fixture.ts'
import { serve } from './served.ts'

async function stepOf(page: Page): Promise<number> {
  const text = await page.textContent('.run-head')
  return Number(/step(\d+)done/.exec(text ?? '')?.[1] ?? -1)
}

async function passStep(page: Page, step: number): Promise<void> {
  while ((await stepOf(page)) <= step) await page.waitForTimeout(50)
}

/** Clicks an element twice, with nothing in between. */
async function clickTwice(page: Page, selector: string): Promise<void> {
  await page.locator(selector).evaluate((button) => {
    if (!(button instanceof HTMLElement)) throw new Error('no button')
    button.click()
    button.click()
  })
}

/** Stops the run: one person clicks twice, and another one clicks on their own page. The training run still has time to save. */
async function stop(page: Page): Promise<void> {
  await clickTwice(page, '[aria-label="This training run"] button:text-is("Stop")')
  await page.evaluate(async () => {
    const run = /run\/([^/?]+)/.exec(location.pathname)?.[1]
    const headers = { 'Content-Type': 'application/json' }
    await fetch(`/api/runs/${run}/launcher/stop`, { method: 'POST', headers, body: '{}' })
  })
  await page.waitForSelector('[data-state="ended"]:text-is("stopped")')
}

test('a page starts a training run, watches it, stops it, resumes it, and starts a new run from a checkpoint', async () => {
  const root = temporaryRoot()
  writeFileSync(join(root, 'hotcb.launch.yaml'), 'config: simple\nmax_steps: 100000\nstep_delay: 0.02\n')
  const { page, errors } = await openPage()
  await page.goto(await serve(root))
  await page.click('button:text-is("New run")')
  await page.click('[data-choice="hotcb.launch.yaml"]')
  await page.fill('dialog label:text-is("Seed") + input', '1.5')
  expect(await page.textContent('dialog .issue')).toBe('Seed: expected a whole number of at least 0')
  expect(await page.isDisabled('dialog button:text-is("Start")')).toBe(true)
  await page.fill('dialog label:text-is("Seed") + input', '7')
  expect(await violations(page)).toEqual([])
  await clickTwice(page, 'dialog button:text-is("Start")')

  await page.waitForURL(/\/run\/runs~simple-001/)
  await passStep(page, 10)
  expect(readdirSync(join(root, 'runs'))).toEqual(['simple-001'])
  await page.click('role=tab[name="Launcher"]')
  await page.waitForSelector('[data-state="training"]')
  expect(await page.textContent('[aria-label="This training run"]')).toMatch(/Trains.*simple.*Seed.*7/)
  await stop(page)
  const first = join(root, 'runs/simple-001')
  expect(readFileSync(join(first, 'hotcb.launch.jsonl'), 'utf8')).not.toContain('SIGTERM')
  expect(JSON.parse(readFileSync(join(first, 'hotcb.run.json'), 'utf8'))).toMatchObject({
    seed: 7,
    stopped_early: true,
  })

  const stopped = await stepOf(page)
  await page.click('[aria-label="This training run"] button:text-is("Resume")')
  await page.waitForSelector('[data-state="training"]')
  await passStep(page, stopped + 5)
  await stop(page)
  const steps = readFileSync(join(first, 'hotcb.metrics.jsonl'), 'utf8').split('\n').slice(0, -1)
  expect(steps.map((line) => JSON.parse(line).step)).toEqual([...steps.keys()])

  await page.click('[aria-label="New run from a checkpoint"] button:text-is("Start new run")')
  await page.waitForURL(/\/run\/runs~simple-002/)
  await page.click('role=tab[name="Launcher"]')
  await page.waitForSelector('[data-state="training"]')
  expect(await violations(page)).toEqual([])
  const second = join(root, 'runs/simple-002')
  const { parent } = JSON.parse(readFileSync(join(second, 'hotcb.run.json'), 'utf8'))
  expect(parent).toMatchObject({ run: 'simple-001', step: steps.length })
  await passStep(page, steps.length + 2)
  await stop(page)
  expect(JSON.parse(readFileSync(join(second, 'hotcb.metrics.jsonl'), 'utf8').split('\n')[0] ?? '').step).toBe(
    steps.length,
  )
  expect(errors).toEqual([])
})

test('on a phone the panel fits, a run that no launcher started cannot be continued, and a server without a launcher has no panel', async () => {
  const root = temporaryRoot()
  mkdirSync(join(root, 'mine'))
  writeFileSync(join(root, 'mine/hotcb.metrics.jsonl'), '{"step": 0, "metrics": {"loss": 1}}\n')
  writeFileSync(join(root, 'hotcb.launch.yaml'), 'config: simpel\n')
  const { page, errors } = await openPage({ width: 380, height: 800, theme: 'dark' })
  await page.goto(`${await serve(root)}run/mine?tab=launcher`)
  await page.waitForSelector('text=This run was not started by')
  await page.waitForSelector('.notice:has-text("no training run is called `simpel`: did you mean `simple`?")')
  expect(await page.locator('button:text-is("Resume")').count()).toBe(0)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(380)
  expect(await violations(page)).toEqual([])
  const without = await dashboard({ roots: [root] })
  await page.goto(`${without.url}run/mine`)
  await page.waitForSelector('role=tab[name="Charts"]')
  expect(await page.locator('role=tab[name="Launcher"]').count()).toBe(0)
  await page.goto(without.url)
  await page.waitForSelector('text=1 run')
  expect(await page.locator('button:text-is("New run")').count()).toBe(0)
  expect(errors).toEqual([])
})
