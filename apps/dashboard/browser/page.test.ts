import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, generateRun, openPage, placeOf, temporaryRoot } from './fixture.ts'

const PLACES = [
  '',
  'run/run',
  'run/run?tab=controls',
  'run/run?tab=ledger',
  'run/run?tab=autopilot',
  'run/run?tab=callbacks',
  'run/run?tab=system',
  'run/run?tab=log',
  'run/run?tab=output',
  'run/run?tab=summary',
  'run/run?focus=val_loss',
  'run/missing',
]

test('axe finds nothing on any tab with changes in the charts, in two themes and on a phone', {
  timeout: 400_000,
}, async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 300, live: true, start: processStart(), maxSteps: 1000 })
  writeFileSync(join(root, 'run', 'hotcb.actuators.json'), JSON.stringify({ controls: CONTROLS }))
  writeFileSync(join(root, 'run', 'hotcb.out'), 'step 1\n'.repeat(200))
  const site = await dashboard({ roots: [root] })
  for (const looks of [
    { width: 1440, height: 900, theme: 'light' },
    { width: 1440, height: 900, theme: 'dark' },
    { width: 380, height: 800, theme: 'dark' },
    { width: 380, height: 800, theme: 'light' },
  ] as const) {
    const { page, context } = await openPage(looks)
    const check = async (place: string): Promise<void> => {
      expect([place, looks, await violations(page)]).toEqual([place, looks, []])
    }
    for (const place of PLACES) {
      await page.goto(site.url + place)
      await page.waitForTimeout(400)
      if (place === 'run/run' || place.includes('focus')) await page.waitForSelector('.flag')
      await check(place)
    }
    await page.goto(`${site.url}run/run`)
    await page.locator('.flag').first().click()
    await page.waitForSelector('dialog td')
    await check('dialog of a change')
    await page.goto(`${site.url}run/run?tab=controls`)
    await page.fill('#control-lr', '0.02')
    await page.press('#control-lr', 'Enter')
    await page.click('#activity-button')
    await page.keyboard.press('Escape')
    await check('staged changes and the log of results')
    await page.click('text=Discard')
    await page.waitForSelector('.toast')
    await check('a toast')
    await context.close()
  }
})

const PLAIN = { label: 'Learning rate', step: null, log_base: 10, choices: null, state: 'verified' }
const CONTROLS = [
  { param_key: 'lr', type: 'log_float', group: 'optimizer', min: 1e-7, max: 1, current: 0.05, ...PLAIN },
  { param_key: 'terms.aux', type: 'bool', group: 'loss', min: null, max: null, current: true, ...PLAIN, label: 'aux' },
  {
    param_key: 'kind',
    type: 'choice',
    group: 'loss',
    min: null,
    max: null,
    current: 'a',
    ...PLAIN,
    label: 'Kind',
    choices: ['a', 'b'],
  },
  {
    param_key: 'betas',
    type: 'tuple',
    group: 'optimizer',
    min: 0,
    max: 1,
    current: [0.9, 0.99],
    ...PLAIN,
    label: 'Betas',
  },
]

test('no page is wider than a phone', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run-with-a-rather-long-name'), {
    lines: 300,
    live: true,
    start: processStart(),
    maxSteps: 1000,
  })
  const site = await dashboard({ roots: [root] })
  const { page } = await openPage({ width: 380, height: 800 })
  for (const place of PLACES) {
    await page.goto(site.url + place.replace('run/run', 'run/run-with-a-rather-long-name'))
    await page.waitForTimeout(300)
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), { message: place }).toBe(380)
  }
  // The open tab is visible, even though not all tabs are.
  await page.goto(`${site.url}run/run-with-a-rather-long-name?tab=summary`)
  await page.waitForFunction(() => {
    const tab = document.querySelector('#tab-summary')?.getBoundingClientRect()
    return tab !== undefined && tab.left >= 0 && tab.right <= innerWidth
  })
})

test('names of a run, its metrics and people with over 128 characters do not make any page wider', async () => {
  const root = temporaryRoot()
  const long = 'a_long_name_'.repeat(15)
  const dir = join(root, 'r'.repeat(180))
  generateRun(dir, { lines: 60, names: ['val_loss', long, `${long}/part`], live: true, start: processStart() })
  const ledger = join(dir, 'hotcb.applied.jsonl')
  writeFileSync(
    ledger,
    readFileSync(ledger, 'utf8').replaceAll('"ada"', JSON.stringify('Ada Lovelace '.repeat(12).trim())),
  )
  const site = await dashboard({ dir })
  const { page } = await openPage({ width: 380, height: 800 })
  await page.goto(site.url)
  const path = await page.locator('.whole-row').getAttribute('href')
  for (const place of ['', '?tab=ledger', '?tab=summary', '?tab=controls', `?focus=${long}`]) {
    await page.goto(new URL(`${path}${place}`, site.url).href)
    await page.waitForTimeout(300)
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), { message: place }).toBe(380)
  }
  await page.goto(new URL(path ?? '', site.url).href)
  await page.locator('.flag').first().click()
  await page.waitForSelector('dialog td')
  expect(await page.evaluate(() => document.querySelector('dialog')?.scrollWidth ?? 999)).toBeLessThanOrEqual(380)
})

test('a script in any text of a run remains text', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines: 5 })
  const bad = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"\'`;window.pwned=1'
  const line = (seq: number, more: object): string =>
    JSON.stringify({
      seq,
      step: seq,
      module: 'opt',
      op: 'set_params',
      id: bad,
      source: bad,
      author: bad,
      decision: 'applied',
      payload: { [bad]: bad },
      params: { [bad]: bad },
      old: { [bad]: bad },
      error: bad,
      notes: bad,
      traceback: bad,
      cid: bad,
      ...more,
    })
  writeFileSync(
    join(dir, 'hotcb.metrics.jsonl'),
    `${JSON.stringify({ step: 1, metrics: { [bad]: 1, loss: 2, __proto__x: 3, 'val\u202Essol': 4 } })}\n`,
  )
  writeFileSync(
    join(dir, 'hotcb.applied.jsonl'),
    `${line(1, {})}\n${line(2, { module: 'cb', op: bad })}\n${line(3, { decision: 'failed' })}\n`,
  )
  writeFileSync(join(dir, 'hotcb.log'), `${bad}\n`)
  writeFileSync(join(dir, 'hotcb.out'), `step 1\rstep 2\n\u001b[2J${bad}\n`)
  writeFileSync(
    join(dir, 'hotcb.run.json'),
    JSON.stringify({ run_id: bad, config: bad, key_metric: bad, started_at: bad, seed: 1 }),
  )
  const control = {
    param_key: bad,
    type: 'choice',
    label: bad,
    group: bad,
    choices: [bad, 'b'],
    current: bad,
    state: 'verified',
    unit: bad,
  }
  writeFileSync(join(dir, 'hotcb.actuators.json'), JSON.stringify({ controls: [control] }))
  const callback = {
    enabled: true,
    target: { kind: 'file', path: bad, symbol: bad },
    reason: bad,
    last_error: { message: bad },
  }
  const kernel = { name: bad, version: bad, pid: null, host: bad, attempt: 1 }
  writeFileSync(
    join(dir, 'hotcb.state.json'),
    JSON.stringify({ protocol: 1, kernel, closed: true, modules: { cb: { [bad]: callback } } }),
  )
  mkdirSync(join(dir, 'hotcb.checkpoints', '<img src=x onerror=pwned=1>'), { recursive: true })
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  for (const place of PLACES) {
    await page.goto(site.url + place)
    await page.waitForTimeout(400)
    expect(
      await page.evaluate(() => [
        document.querySelectorAll('img[src="x"], body script:not([src])').length,
        'pwned' in window,
      ]),
    ).toEqual([0, false])
  }
  await page.goto(`${site.url}run/run`)
  await page.locator('.flag').first().click()
  await page.waitForSelector('dialog')
  const shown = await page.locator('body').textContent()
  expect(shown).toContain('val\\u202Essol')
  expect(shown).not.toContain('\u202E')
  await page.keyboard.press('Escape')
  await page.goto(`${site.url}run/run?tab=output`)
  await page.waitForSelector('[aria-label="Output"]')
  expect(await page.textContent('[aria-label="Output"]')).toBe(`step 1\nstep 2\n\\u001B[2J${bad}\n`)
  appendFileSync(join(dir, 'hotcb.out'), 'step 3\n')
  await page.waitForSelector('[aria-label="Output"]:has-text("step 3")')
  await page.goto(`${site.url}run/run?tab=ledger`)
  await page.locator('.whole-row').first().click()
  await page.waitForSelector('dialog')
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
  expect(errors.filter((error) => !error.includes('404'))).toEqual([])
})

test('the first load takes under 200 kB compressed, all from this server', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 50 })
  const site = await dashboard({ roots: [root] })
  const { page, context } = await openPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  let bytes = 0
  const foreign: string[] = []
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  page.on('request', (request) => {
    const { url } = { url: request.url() }
    if (!url.startsWith(site.url) && !url.startsWith('data:') && !url.startsWith('blob:')) foreign.push(url)
  })
  await page.goto(`${site.url}run/run`)
  await page.waitForSelector('.uplot')
  expect(foreign).toEqual([])
  expect(bytes).toBeLessThan(200_000)
})

test('a token in the address gives the page access, and is removed from the address', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 5 })
  const site = await dashboard({ roots: [root], token: 'open sesame' })
  const { page } = await openPage()
  await page.goto(site.url)
  await page.waitForSelector('text=Enter your token')
  await page.fill('[aria-label="Token"]', 'wrong')
  await page.click('button:text("Enter")')
  await page.waitForSelector('text=this token is not valid')
  await page.goto('about:blank')
  await page.goto(site.address)
  await page.waitForSelector('a:text("run")')
  expect(page.url()).toBe(site.url)
  expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage))).not.toContain('sesame')
})

test('two fingers zoom a chart, then one finger pans it; before the zoom, one finger moves the cursor', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 500, names: ['loss'] })
  const site = await dashboard({ roots: [root] })
  const { page, context } = await openPage({ width: 380, height: 800 })
  await page.goto(`${site.url}run/run`)
  await page.waitForSelector('.uplot')
  const session = await context.newCDPSession(page)
  const touch = async (type: string, ...shares: number[]): Promise<void> => {
    // The labels of the axis take more room once all data has arrived, and after a zoom.
    const box = await placeOf(page.locator('.chart .u-over').first())
    const touchPoints = shares.map((share, id) => ({ x: box.x + box.width * share, y: box.y + 40, id }))
    await session.send('Input.dispatchTouchEvent', { type, touchPoints } as never)
  }
  const span = (): number[] => (new URL(page.url()).searchParams.get('x') ?? '').split('~').map(Number)

  await touch('touchStart', 0.2)
  await touch('touchMove', 0.4)
  await page.waitForFunction(() => /step (19|20)\d/.test(document.querySelector('.legend .step')?.textContent ?? ''))
  await touch('touchEnd')

  await touch('touchStart', 0.4, 0.6)
  await touch('touchMove', 0.2, 0.8)
  await touch('touchEnd')
  await page.waitForURL(/x=\d/)
  const [from = 0, to = 0] = span()
  expect([Math.round(from / 10) * 10, Math.round(to / 10) * 10]).toEqual([170, 330])

  await touch('touchStart', 0.5)
  await touch('touchMove', 0.75)
  await touch('touchEnd')
  await page.waitForURL((url) => url.searchParams.get('x') !== `${from}~${to}`)
  const [panned = 0, end = 0] = span()
  expect(Math.round((end - panned) / 10)).toBe(Math.round((to - from) / 10))
  expect(Math.round((from - panned) / 10) * 10).toBe(40)
})

test('a link contains the view: panel, zoom, pins and search', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 500, names: 30 })
  const site = await dashboard({ roots: [root] })
  const { page } = await openPage()
  await page.goto(`${site.url}run/run`)
  await page.waitForSelector('.uplot')
  await page.fill('[aria-label="Search metrics"]', 'loss')
  await page.locator('[data-chart="loss"]').first().hover()
  const box = await placeOf(page.locator('.chart .u-over').first())
  await page.mouse.move(box.x + box.width * 0.25, box.y + 50)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 })
  await page.mouse.up()
  await page.click('.toolbar >> text=Log')
  // The address is updated when the zoom stops.
  await page.waitForURL(/x=\d/)
  const { searchParams } = new URL(page.url())
  const [from = 0, to = 0] = (searchParams.get('x') ?? '').split('~').map(Number)
  expect([Math.round(from / 25) * 25, Math.round(to / 25) * 25]).toEqual([125, 250])
  expect([searchParams.get('q'), searchParams.get('log')]).toEqual(['loss', '1'])
  const link = page.url()
  await page.goBack()
  await page.waitForURL((url) => !url.searchParams.has('x'))
  expect(await page.locator('text=Reset zoom').count()).toBe(0)
  const again = await openPage()
  await again.page.goto(link)
  await again.page.waitForSelector('.uplot')
  expect(await again.page.inputValue('[aria-label="Search metrics"]')).toBe('loss')
  expect(await again.page.getAttribute('.toolbar >> text=Log', 'aria-pressed')).toBe('true')
})
