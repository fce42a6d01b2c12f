import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const OURS = /^(@hotcb\/|hotcb$|hyperopt-ts$)/

test('ARCHITECTURE.md lists exactly the third-party packages that ours depend on at run time', () => {
  const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
  const section = /^Third-party code at run time[\s\S]*?\n\n(?=\S)(\|[\s\S]*?)\n\n/m.exec(text)?.[1] ?? ''
  const listed = section
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([, name = '', needed = '', optional = '']) => [name.replaceAll('`', ''), namesIn(needed), namesIn(optional)])
  expect(listed.sort()).toEqual(inManifests().sort())
})

function namesIn(cell: string): readonly string[] {
  return cell
    .split(', ')
    .filter((name) => name !== '' && !name.includes(' '))
    .sort()
}

type Dependencies = Readonly<Record<string, unknown>>

function inManifests(): unknown[] {
  const folders = ['packages', 'apps'].flatMap((base) => readdirSync(join(ROOT, base)).map((name) => join(base, name)))
  return folders.flatMap((folder) => {
    const manifest: Record<string, Dependencies | undefined> & { name: string } = JSON.parse(
      readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
    )
    const optional = { ...manifest['peerDependenciesMeta'], ...manifest['optionalDependencies'] }
    const isOptional = (name: string): boolean => Object.hasOwn(optional, name)
    const { dependencies, optionalDependencies, peerDependencies } = manifest
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).filter(
      (name) => !OURS.test(name),
    )
    if (names.length === 0) return []
    const shown = manifest.name === 'hotcb' ? 'hotcb' : basename(folder)
    return [[shown, names.filter((name) => !isOptional(name)).sort(), names.filter(isOptional).sort()]]
  })
}
