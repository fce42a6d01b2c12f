import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './tarballs.ts'

/** Files that may write to a terminal themselves, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  'packages/hyperopt-ts/src/bin.ts': 'it is standalone, and replaces control characters itself',
  'packages/protocol/src/node/terminal-write.ts': 'it is the edge',
  'packages/cb/src/node/watchdog-thread.ts': 'its text runs in a thread and can import nothing; its ids are printable',
}

/** Files that may read the width of a stream. */
const ASKING: readonly string[] = [
  'packages/cli/src/print/terminal.ts',
  'packages/cli/src/commands/look/watch/screen.ts',
  'packages/demos/src/run/screen.ts',
]

const WRITES =
  /\bconsole\.|\.(?:stdout|stderr)\.write\b|\bwriteSync\(\s*[12]\b|\bprocess\.emitWarning\b|\/dev\/(?:tty|stdout|stderr)/
const STREAMS = /\bprocess\.(?:stdout|stderr)\b|\{[^}]*\b(?:stdout|stderr)\b[^}]*\} = process\b/

const sources = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).flatMap((name) =>
    ['src', 'bin'].flatMap((folder) => filesBelow(`${parent}/${name}/${folder}`)),
  ),
)

test('programs and packages write to standard output and error at one place', () => {
  // Code that runs in a browser has no terminal.
  const files = sources.filter((file) => !file.startsWith('apps/dashboard/src/web/'))
  expect(files.length).toBeGreaterThan(300)
  const writing = files.filter((file) => WRITES.test(codeOf(file)))
  expect(writing.filter((file) => !(file in ALLOWED))).toEqual([])
  const touching = files.filter((file) => STREAMS.test(codeOf(file)))
  expect(touching.filter((file) => !ASKING.includes(file) && !(file in ALLOWED))).toEqual([])
})

test('control sequences are created by `control`, so that the terminal edge recognizes them', () => {
  const spelling = sources.filter((file) => /(?:\\u001B|\\x1b|\\u\{1b\}|\\033)\\?[[\]]/i.test(codeOf(file)))
  expect(spelling).toEqual([])
})

function filesBelow(directory: string): readonly string[] {
  if (statSync(join(ROOT, directory), { throwIfNoEntry: false }) === undefined) return []
  return readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|tsx|js|mjs)$/.test(name))
    .map((name) => `${directory}/${name}`)
}

// Comments and docstrings show how to print; they print nothing.
function codeOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
}
