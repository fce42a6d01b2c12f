import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { type Manifest, ROOT, workspacePackages } from './tarballs.ts'

interface Row {
  readonly layer: number
  readonly name: string
  readonly mayImport: string
}

const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
const all = workspacePackages()
const rows = new Map<string, Row>(
  [...text.matchAll(/^\| (\d) \| `([^`]+)` \| `([^`]+)` \| .* \| (.*) \|$/gm)].map(
    ([, layer, directory = '', name = '', mayImport = '']) => [directory, { layer: Number(layer), name, mayImport }],
  ),
)
const layerOf = new Map([...rows.values()].map(({ name, layer }) => [name, layer]))
const ITS_MODULES = ['actuators', 'metrics', 'cb', 'tune', 'runtimectl']

test('every package has a row in the table of ARCHITECTURE.md', () => {
  expect(
    all.filter(({ directory, name }) => rows.get(directory)?.name !== name).map(({ directory }) => directory),
  ).toEqual([])
})

test('no package depends on more of the workspace than its row allows', () => {
  const wrong = all.flatMap(({ directory, name, manifest }) => {
    const row = rows.get(directory)
    const needed = [manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies].flatMap(
      inWorkspace,
    )
    return needed.filter((one) => row === undefined || !isAllowed(one, row)).map((one) => `${name} imports ${one}`)
  })
  expect(wrong).toEqual([])
})

test('the packages that a package uses only in its tests are not above it', () => {
  const wrong = all.flatMap(({ directory, name, manifest }) =>
    inWorkspace(manifest.devDependencies)
      .filter((one) => (layerOf.get(one) ?? Infinity) > (rows.get(directory)?.layer ?? 0))
      .map((one) => `${name} tests with ${one}`),
  )
  expect(wrong).toEqual([])
})

test('the files that the first pages and the guides name exist', () => {
  const guides = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...guides.map((name) => `docs/${name}`)]
  const missing = pages.flatMap((page) => {
    const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(
      ([, link = '']) => link,
    )
    const local = links.filter((link) => !/^[a-z]+:/.test(link))
    return local.filter((link) => !existsSync(join(ROOT, dirname(page), link))).map((link) => `${page}: ${link}`)
  })
  expect(missing).toEqual([])
})

function inWorkspace(dependencies: Manifest['dependencies']): string[] {
  return Object.entries(dependencies ?? {})
    .filter(([, version]) => version.startsWith('workspace:'))
    .map(([name]) => name)
}

function isAllowed(name: string, { layer, mayImport }: Row): boolean {
  const short = name.replace('@hotcb/', '')
  if ((layerOf.get(name) ?? Infinity) >= layer) return false
  if (short === 'protocol' || short === 'journal') return true
  if (mayImport.startsWith('all below')) return !mayImport.endsWith(`except ${short}`)
  const listed = mayImport.split(', ').flatMap((word) => (word === 'its modules' ? ITS_MODULES : [word]))
  return listed.includes(short)
}

test('the walks of ARCHITECTURE.md have at most twenty stops, and each stop names something that its file exports', () => {
  const [, walks = ''] = /^## Four walks\n([\s\S]*?)^## /m.exec(text) ?? []
  const lengths = walks
    .split(/^### /m)
    .slice(1)
    .map((walk) => [...walk.matchAll(/^\d+\. /gm)].length)
  expect(lengths).toHaveLength(4)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(20)
  const wrong = [...walks.matchAll(/\[`(\w+)`\]\(([^)]+)\)/g)].filter(([, name, file = '']) => {
    const path = join(ROOT, file)
    return !existsSync(path) || !new RegExp(`^export .*\\b${name}\\b`, 'm').test(readFileSync(path, 'utf8'))
  })
  expect(wrong.map(([link]) => link)).toEqual([])
})
