import { expect, test } from 'vitest'
import { PARAMETERS, runAll, writeSweep } from '../test/sweep-fixture.ts'
import { violations } from './axe.ts'
import { afterwards, dashboard, openPage, placeOf, temporaryRoot } from './fixture.ts'

/** Trials that report a curve and then wait. Each is its own process. */
const WAITING = `
. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"
x=$(echo "$HYPERHERD_PARAMS" | sed 's/.*"x": *\\([0-9.]*\\).*/\\1/')
for step in 1 2 3 4 5; do log_result loss "$x.$((9 - step))" "$step"; done
if [ "$x" -lt 6 ]; then log_result loss "$x.1"; exit 0; fi
while [ ! -e "$HYPERHERD_WORKSPACE/go" ]; do sleep 0.05; done
`

test('a sweep of real processes is found in the list and filtered by a range, and one of its trials is stopped', async () => {
  const root = temporaryRoot()
  const running = runAll(writeSweep(root, 'grid', WAITING, PARAMETERS))
  const site = await dashboard({ roots: [root] })
  afterwards(async () => {
    await fetch(`${site.url}api/sweeps/grid/requests`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ want: 'stop', choice: { all: true } }),
    })
    await running
  })
  const { page, errors } = await openPage()
  await page.goto(site.url)
  await page.getByRole('link', { name: 'Sweeps' }).click()
  await page.getByRole('link', { name: 'grid' }).click()
  await page.getByRole('button', { name: 'running 2' }).waitFor()
  await page.getByRole('button', { name: 'completed 10' }).waitFor()
  expect(await page.getByRole('table', { name: 'Trials' }).getAttribute('aria-rowcount')).toBe('13')

  // A range on the upper half of x, selected with the pointer. The table and the plots follow.
  const axis = await placeOf(page.getByRole('button', { name: /^Range for x/ }))
  await page.mouse.move(axis.x + axis.width / 2, axis.y + 1)
  await page.mouse.down()
  await page.mouse.move(axis.x + axis.width / 2, axis.y + axis.height / 2, { steps: 8 })
  await page.mouse.up()
  await page.getByText('6 of 12 trials').waitFor()
  await page.locator('[aria-label=Trials][aria-rowcount="7"]').waitFor()
  expect(await page.locator('.parallel-box').getAttribute('data-lines')).toBe('6')
  await page.getByText('of 4 completed trials').waitFor()
  expect(await violations(page)).toEqual([])

  // A running trial is stopped from its row, and its process ends.
  await page.getByRole('checkbox', { name: 'Select trial 10' }).click()
  await page.getByRole('toolbar', { name: 'Selected trials' }).getByRole('button', { name: 'Stop' }).click()
  await page.getByText('Asked to stop: trial 10.').waitFor()
  await page.getByRole('button', { name: 'cancelled 1' }).waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByText('12 trials', { exact: true }).waitFor()

  // Its dialog shows its history and its output.
  await page.getByRole('button', { name: '10', exact: true }).click()
  await page.getByRole('dialog').getByText('Attempt').first().waitFor()
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')
  expect(errors).toEqual([])
})

test('the page of a sweep works on a phone, with the dark theme, and without a pointer', async () => {
  const root = temporaryRoot()
  await runAll(writeSweep(root, 'grid', WAITING.replace('-lt 6', '-lt 7'), PARAMETERS))
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage({ width: 390, height: 844, theme: 'dark' })
  await page.goto(`${site.url}sweep/grid`)
  await page.getByRole('button', { name: /^Range for x/ }).focus()
  await page.keyboard.press('ArrowUp')
  await page.getByText('10 of 12 trials').waitFor()
  await page.getByRole('searchbox', { name: 'Filter trials' }).fill('kind=a x>=3')
  await page.getByText('4 of 12 trials').waitFor()
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
  expect(isWide).toBe(false)
  expect(await violations(page)).toEqual([])
  expect(errors).toEqual([])
})
