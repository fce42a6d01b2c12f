import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Names that two packages export and that mean the same in both. */
const SAME_MEANING: Readonly<Record<string, string>> = {
  ConformanceCase: 'a case of a conformance suite, in hyperopt-ts/testing and @hotcb/sweep/testing',
  MAX_LINE_BYTES: 'the longest line that is read',
  SecretSource: 'where a secret comes from',
  finalMetrics: 'the last value of each metric of a run',
}

/** The names that a source of an entry exports, except those of other packages. */
function exportedNames(source: string): readonly string[] {
  return [...source.matchAll(/^export (?:type )?\{([^}]*)\}(?: from '([^']*)')?/gm)].flatMap(
    ([, names = '', from = '']) =>
      from.startsWith('@') || from === 'hyperopt-ts'
        ? []
        : names.split(',').flatMap((name) => {
            const written =
              name
                .trim()
                .replace(/^type /, '')
                .split(' as ')
                .at(-1) ?? ''
            return written === '' ? [] : [written]
          }),
  )
}

/** For each name the packages that export it. `pkg` and `pkg/node` count once if they share the name. */
function exporters(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const directory of readdirSync(join(ROOT, 'packages'))) {
    const path = join(ROOT, 'packages', directory)
    if (!existsSync(join(path, 'package.json'))) continue
    const { exports = {} } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    for (const [entry, target] of Object.entries<{ '@hotcb/source'?: string } | string>(exports)) {
      const source = typeof target === 'string' ? undefined : target['@hotcb/source']
      if (source === undefined || !existsSync(join(path, source))) continue
      const place = entry === './node' ? directory : join(directory, entry)
      for (const name of exportedNames(readFileSync(join(path, source), 'utf8'))) {
        const places = found.get(name) ?? []
        if (!places.includes(place)) found.set(name, [...places, place])
      }
    }
  }
  return found
}

test('no two packages export one name with two meanings', () => {
  const all = exporters()
  expect(all.get('createStudy')).toEqual(['hyperopt-ts'])
  const twice = [...all].flatMap(([name, places]) => (places.length > 1 ? [name] : []))
  expect(twice.sort()).toEqual(Object.keys(SAME_MEANING).sort())
})
