import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './tarballs.ts'

// JSON and YAML from outside are read in one place each, `parseJson` and `parseYaml` of @hotcb/protocol: they never
// throw, limit nesting, and skip a byte order mark. Files that may call the parsers themselves, and why:
const ALLOWED: Readonly<Record<string, string>> = {
  'packages/protocol/src/parse-json.ts': 'the reader of JSON',
  'packages/protocol/src/yaml-places.ts': 'the positions of what `yaml.ts` reads',
  'packages/protocol/src/yaml-tree.ts': 'the reader of YAML for callers that determine types themselves',
  'packages/protocol/src/yaml.ts': 'the reader of YAML',
  'packages/kernel/src/collective.ts': 'messages between ranks, which this code wrote itself',
  'packages/kernel/src/node/file-collective.ts': 'the same, as lines of a file',
  'packages/runtimectl/src/ranks.ts': 'messages between ranks, which this code wrote itself',
  'packages/cb/src/node/transform.ts': 'a report that this code wrote itself',
  'packages/cb/src/node/evaluate.ts':
    'a JSON module of a callback, read as `require` reads it; what it throws is contained',
  'packages/bridge/src/node/remote-queue.ts': 'copies an ack that this code wrote itself',
  'packages/hyperopt-ts/src/testing/sampler-conformance.ts': 'copies values that it has just created',
  'packages/hyperopt-ts/src/node/journal-storage.ts': 'standalone; it contains no nested values',
  'packages/hyperopt-ts/src/node/study-file.ts': 'standalone; a file that does not parse is refused in one line',
  'packages/hyperopt-ts/src/optuna/read.ts': 'standalone; a line that does not parse is refused in one line',
  'packages/demos/src/digits/snapshot.ts': 'a header that this code wrote itself, in bytes whose hash was checked',
  'apps/dashboard/src/web/api.ts': 'answers of our own server, in the browser',
  'apps/dashboard/src/web/socket.ts': 'messages of our own server, in the browser',
  'apps/dashboard/src/web/panels/controls/control-input.tsx': 'values of options that this page wrote itself',
}

test('text from outside is parsed by the two readers of @hotcb/protocol and by nothing else', () => {
  const files = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(ROOT, group)).flatMap((name) => sourcesBelow(`${group}/${name}/src`)),
  )
  expect(files.length).toBeGreaterThan(300)
  const parsing = files.filter((file) => {
    const code = readFileSync(join(ROOT, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')
    return /\bJSON\s*\.\s*parse\b|from 'js-yaml'|import\('js-yaml'\)|\.json\(\)/.test(code)
  })
  expect(parsing.sort()).toEqual(Object.keys(ALLOWED).sort())
})

function sourcesBelow(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length).replace(/^\//, ''))
}
