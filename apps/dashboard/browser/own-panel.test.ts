import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Dashboard } from '../src/index.ts'
import { afterwards, eventually, generateRun, openPage, temporaryRoot } from './fixture.ts'

const HERE = fileURLToPath(new URL('..', import.meta.url))
const LAYERS = fileURLToPath(new URL('own-panel/layers', import.meta.url))
const FEATURES = fileURLToPath(new URL('own-panel/features.ts', import.meta.url))

test('a new panel needs only a folder and an entry in the list, and a new stream only a file and an entry in the table', async () => {
  const copy = copyOfDashboard()
  cpSync(LAYERS, join(copy, 'src/web/panels/layers'), { recursive: true })
  addEntry(join(copy, 'src/web/panels/index.ts'), /^ {2}summary,\n/m, '  layers,\n', {
    layers: './layers/index.ts',
  })
  cpSync(FEATURES, join(copy, 'src/web/streams/features.ts'))
  addEntry(
    join(copy, 'src/web/streams/index.ts'),
    /^ {2}log: .*\n/m,
    '  features: { open: openFeatures, isKept: false },\n',
    {
      openFeatures: './features.ts',
    },
  )
  await buildPage(copy)

  const root = temporaryRoot()
  const dir = join(root, 'captures')
  generateRun(dir, { lines: 50, config: 'captures' })
  generateRun(join(root, 'other'), { lines: 50 })
  const path = join(dir, 'hotcb.features.jsonl')
  writeFileSync(path, '')
  const site = await startCopy(copy, root)
  const { page, errors } = await openPage()
  const sent: Record<string, unknown>[] = []
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(JSON.parse(String(payload)))))
  await page.goto(`${site.url}run/captures`)
  await page.click('role=tab[name="Layers"]')
  await page.waitForURL(/tab=layers/)
  const list = page.locator('.layers')
  await list.waitFor({ state: 'attached' })
  expect(await list.evaluate((element) => getComputedStyle(element).textTransform)).toBe('uppercase')
  await eventually(async () => {
    appendFileSync(path, '{"step":7,"layer_name":"conv1","activations":[[1,2]]}\n')
    return (await list.textContent()) === 'conv1 at step 7'
  })
  expect(sent).toContainEqual({ type: 'subscribe', run: 'captures', channel: 'features', cursor: null })
  await page.click('role=tab[name="Charts"]')
  await page.waitForSelector('.uplot')
  // A stream that is not kept is closed with the last panel that needs it.
  await eventually(() => sent.some(({ type, channel }) => type === 'unsubscribe' && channel === 'features'))

  await page.goto(`${site.url}run/other?tab=layers`)
  await page.waitForSelector('.uplot')
  expect(await page.locator('role=tab').allTextContents()).not.toContain('Layers')
  expect(errors).toEqual([])
})

/** Copies the sources of the dashboard into a separate directory in which its packages can be resolved. */
function copyOfDashboard(): string {
  const root = temporaryRoot()
  const copy = join(root, 'apps/dashboard')
  cpSync(join(HERE, 'src'), join(copy, 'src'), { recursive: true })
  cpSync(join(HERE, '../../tsconfig.base.json'), join(root, 'tsconfig.base.json'))
  symlinkSync(join(HERE, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Adds an entry after another one in a list, with the import that it needs. */
function addEntry(path: string, behind: RegExp, entry: string, imports: Readonly<Record<string, string>>): void {
  const text = readFileSync(path, 'utf8')
  const [name = '', from = ''] = Object.entries(imports)[0] ?? []
  expect(text).toMatch(behind)
  writeFileSync(path, `import { ${name} } from '${from}'\n${text.replace(behind, (found) => found + entry)}`)
}

/** Starts the server of the copy, which serves the page next to it. */
async function startCopy(copy: string, root: string): Promise<Dashboard> {
  const { startDashboard }: typeof import('../src/index.ts') = await import(join(copy, 'src/index.ts'))
  const site = await startDashboard({ port: 0, warn: () => undefined, roots: [root] })
  afterwards(() => site.close())
  return site
}

async function buildPage(copy: string): Promise<void> {
  const { build } = await import('vite')
  await build({
    configFile: join(HERE, 'vite.config.ts'),
    root: join(copy, 'src/web'),
    logLevel: 'error',
  })
}
