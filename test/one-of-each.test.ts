import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './tarballs.ts'

interface Kind {
  /** What the code does, as the end of "X is done in one place". */
  readonly what: string
  readonly pattern: RegExp
  /** The files that may do it, and why there is more than one. */
  readonly where: Readonly<Record<string, string>>
}

// Code that every package needs, and that drifts apart when each writes its own.
const KINDS: readonly Kind[] = [
  {
    what: 'the text of a thrown value is read',
    pattern: /instanceof Error \? \w+\.message|\bString\((error|cause|err|reason|thrown)\)/,
    where: {
      'packages/protocol/src/thrown.ts': '`messageOf`, for all',
      'packages/journal/src/errors.ts': 'journal imports no package',
      'packages/hyperopt-ts/src/thrown.ts': 'hyperopt-ts imports no package',
    },
  },
  {
    what: 'the error code of a system call is read',
    pattern: /'code' in \w+/,
    where: {
      'packages/journal/src/errors.ts': '`errnoOf`, for all',
      'packages/protocol/src/node/terminal-write.ts': 'protocol imports no package',
    },
  },
  {
    what: 'JSON values are compared',
    pattern: /JSON\.stringify\([^)]*\) *[!=]==? *JSON\.stringify|isDeepStrictEqual|deepEqual/,
    where: {},
  },
  {
    what: 'the check of whether a process is alive is made',
    pattern: /process\.kill\([^)]*, 0\)|\/proc\/\$\{/,
    where: {
      'packages/journal/src/process-mark.ts': '`processExists`, `processState` and `childHasEnded`, for all',
      'packages/journal/src/process-mark-linux.ts': 'the check on Linux',
    },
  },
]

const SOURCES: ReadonlyMap<string, string> = new Map(
  ['packages', 'apps']
    .flatMap((group) => readdirSync(join(ROOT, group)).flatMap((name) => sourcesBelow(`${group}/${name}/src`)))
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')]),
)

for (const { what, pattern, where } of KINDS) {
  test(`${what} in one place, and in standalone packages`, () => {
    expect(SOURCES.size).toBeGreaterThan(300)
    const found = [...SOURCES].flatMap(([file, code]) => (pattern.test(code) ? [file] : []))
    expect(found.sort()).toEqual(Object.keys(where).sort())
  })
}

function sourcesBelow(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length).replace(/^\//, ''))
}

test('modules are known by their descriptors: at most ten lines outside of their packages name one', () => {
  const named = [...SOURCES].flatMap(([file, code]) => {
    // An arm of the bench has the name of the module that it measures.
    if (/^packages\/(cb|tune|runtimectl|bench)\/|^packages\/protocol\/src\/descriptor\//.test(file)) return []
    return code.split('\n').flatMap((line) => (/'(cb|tune|ctl)'/.test(line) ? [`${file}: ${line.trim()}`] : []))
  })
  expect(named.length, named.join('\n')).toBeLessThanOrEqual(10)
})
