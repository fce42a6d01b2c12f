import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dashboard, eventually, generateRun, openPage, startTraining, temporaryRoot } from './fixture.ts'

function point(step: number, loss: number): string {
  return `${JSON.stringify({ step, metrics: { loss } })}\n`
}

function writeSmall(dir: string, lines = 30): string {
  generateRun(dir, { lines, names: ['loss'] })
  const path = join(dir, 'hotcb.metrics.jsonl')
  return path
}

test('after the server is killed and restarted, the page reconnects automatically and has lost nothing', async () => {
  const dir = join(temporaryRoot(), 'run')
  const path = writeSmall(dir)
  const first = await dashboard({ dir })
  const { page } = await openPage()
  await page.goto(`${first.url}run/run`)
  await page.waitForSelector('[data-chart="loss"]')
  await first.close()
  await page.waitForSelector('text=connection lost')
  for (let step = 30; step < 60; step++) appendFileSync(path, point(step, 7))
  const ledger = join(dir, 'hotcb.applied.jsonl')
  const [line = ''] = readFileSync(ledger, 'utf8').split('\n').slice(1)
  appendFileSync(ledger, `${JSON.stringify({ ...JSON.parse(line), seq: 8, step: 40 })}\n`)
  await dashboard({ dir, port: first.port })
  await page.waitForSelector('text=connection lost', { state: 'detached' })
  await page.waitForFunction(() => document.querySelector('.legend b')?.textContent === '7')
  await page.waitForFunction(() => document.querySelector('.tabs .count')?.textContent === '8')
})

test('a page that slept and lost its socket catches up without missing or repeating a point', async () => {
  const dir = join(temporaryRoot(), 'digits')
  startTraining(dir, ['--max-steps', '20000'])
  const site = await dashboard({ dir })
  const { page, context } = await openPage()
  await page.goto(`${site.url}run/digits?tab=ledger`)
  await page.waitForSelector('.badge:text("running")')
  const session = await context.newCDPSession(page)
  await session.send('Page.enable')
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  await site.close()
  for (let i = 1; i <= 5; i++) {
    appendFileSync(
      join(dir, 'hotcb.commands.jsonl'),
      `${JSON.stringify({ cid: `c${i}`, module: 'opt', op: 'set_params', params: { lr: 0.01 + i / 1000 } })}\n`,
    )
  }
  await dashboard({ dir, port: site.port })
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await page.waitForFunction(() => document.querySelector('.tabs .count')?.textContent === '6')
  const seqs = await page.locator('.rows .line > :first-child').allTextContents()
  expect(seqs.map(Number)).toEqual([6, 5, 4, 3, 2, 1])
})

test('the page reports a deleted run directory, keeps what it has shown, and continues when the directory returns', async () => {
  const dir = join(temporaryRoot(), 'run')
  writeSmall(dir)
  const site = await dashboard({ dir, config: { scan_interval: 0.2 } })
  const { page } = await openPage()
  await page.goto(`${site.url}run/run`)
  await page.waitForSelector('[data-chart="loss"]')
  rmSync(dir, { recursive: true })
  await page.waitForSelector('text=this run does not exist')
  expect(await page.locator('[data-chart="loss"]').count()).toBe(1)
  writeSmall(dir, 45)
  await page.waitForSelector('text=this run does not exist', { state: 'detached' })
  await page.waitForFunction(() => document.querySelector('.facts dd')?.textContent?.startsWith('44'))
})

test('the page follows files with garbage or half a line, files that are cut short, and files that are replaced', async () => {
  const dir = join(temporaryRoot(), 'run')
  const path = writeSmall(dir)
  const site = await dashboard({ dir })
  const { page, errors } = await openPage()
  await page.goto(`${site.url}run/run`)
  await page.waitForFunction(() => document.querySelector('.legend b')?.textContent !== '–')
  const shows = (text: string): Promise<unknown> =>
    page.waitForFunction((wanted) => document.querySelector('.legend b')?.textContent === wanted, text)
  appendFileSync(path, 'garbage\n{"step":"x"}\n\u0000\u0000\n[]\n{"step":31,"metrics":{"loss":NaN}}\n')
  appendFileSync(path, point(32, 5))
  await shows('5')
  appendFileSync(path, point(33, 6).slice(0, 12))
  appendFileSync(path, point(33, 6).slice(12))
  await shows('6')
  truncateSync(path, 0)
  appendFileSync(path, point(0, 8))
  await shows('8')
  writeFileSync(path, point(0, 1) + point(1, 9))
  await shows('9')
  expect(errors).toEqual([])
})

test('a trainer whose process has disappeared is shown as silent, and its commands as unanswered', async () => {
  const dir = join(temporaryRoot(), 'digits')
  const training = startTraining(dir, ['--max-steps', '20000'])
  const site = await dashboard({ dir })
  const { page } = await openPage()
  await page.goto(`${site.url}run/digits`)
  await page.waitForSelector('.badge:text("running")')
  training.kill('SIGKILL')
  await page.waitForSelector('.badge:text("silent")')
  await page.fill('[aria-label="Command"]', 'set lr=0.01')
  await page.press('[aria-label="Command"]', 'Escape')
  await page.press('[aria-label="Command"]', 'Enter')
  await page.waitForSelector('.toast[data-answer="queued"]')
  await page.waitForSelector('text=no trainer shows a sign of life: the command is queued until one starts')
})

test('buttons without effect are disabled, and commands queued for the next trainer can be cancelled', async () => {
  const dir = join(temporaryRoot(), 'digits')
  const training = startTraining(dir, ['--max-steps', '20000'])
  await eventually(() => existsSync(join(dir, 'hotcb.actuators.json')) || undefined)
  const site = await dashboard({ dir })
  const { page } = await openPage()
  await page.goto(`${site.url}run/digits`)
  await page.waitForSelector('.badge:text("running")')
  expect(await page.isEnabled('text=Pause')).toBe(true)
  training.kill('SIGKILL')
  await page.waitForSelector('.badge:text("silent")')
  for (const name of ['Pause', 'Checkpoint', 'Stop']) {
    const button = page.getByRole('button', { name, exact: true })
    expect([name, await button.isDisabled(), await button.getAttribute('title')]).toEqual([
      name,
      true,
      'The trainer shows no sign of life.',
    ])
  }
  await page.fill('[aria-label="Command"]', 'set lr=0.01')
  await page.press('[aria-label="Command"]', 'Escape')
  await page.press('[aria-label="Command"]', 'Enter')
  await page.waitForSelector('text=The next trainer will apply: lr = 0.01')
  await page.click('text=Cancel the queued commands')
  await page.waitForSelector('text=The next trainer will apply', { state: 'detached' })
  const ledger = (): { cid: string; op: string; decision: string; payload: unknown }[] =>
    readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  startTraining(dir, ['--continue', '--max-steps', '20000'])
  await eventually(() => ledger().find(({ op }) => op === 'cancel'))
  expect(ledger().find(({ op }) => op === 'set_params')).toMatchObject({ decision: 'expired', payload: null })
})

test('the page turns grey when the connection is lost, when a run is created again, and when another trainer takes over', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeSmall(dir)
  const first = await dashboard({ dir, config: { scan_interval: 0.2 } })
  const { page } = await openPage()
  await page.goto(`${first.url}run/run`)
  await page.waitForSelector('[data-chart="loss"] .uplot')
  const grey = (): Promise<string> =>
    page
      .locator('.plot')
      .first()
      .evaluate((plot) => getComputedStyle(plot).filter)
  expect(await grey()).toBe('none')
  await first.close()
  expect(await page.locator('.stale').textContent()).toMatch(/^The connection to the server is lost\. Last seen at \d/)
  expect(await grey()).toBe('grayscale(1)')
  expect(await page.isDisabled('text=Freeze…')).toBe(true)
  await dashboard({ dir, port: first.port, config: { scan_interval: 0.2 } })
  await page.waitForSelector('.stale', { state: 'detached' })
  expect(await grey()).toBe('none')

  const about = join(dir, 'hotcb.run.json')
  const text = readFileSync(about, 'utf8')
  writeFileSync(about, JSON.stringify({ ...JSON.parse(text), run_id: 'another', started_at: '2031-01-01T00:00:00Z' }))
  expect(await page.locator('.stale').textContent()).toMatch(/^This run was deleted and created again/)
  expect(await grey()).toBe('grayscale(1)')
  await page.click('text=Show the new run')
  await page.waitForSelector('.stale', { state: 'detached' })
  await page.waitForSelector('[data-chart="loss"] .uplot')
  expect(await page.isEnabled('text=Freeze…')).toBe(true)

  const status = await page.locator('.run-head .badge').first().textContent()
  rmSync(dir, { recursive: true })
  expect(await page.locator('.stale').textContent()).toMatch(/^This run does not exist: it was deleted/)
  expect(await page.isDisabled('text=Freeze…')).toBe(true)
  expect(await page.locator('.run-head .badge').first().textContent()).toBe(status)
})
