import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

// The word list of docs/writing.md, as far as a program can recognise it.
const PRIVATE_WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\banew\b/i, 'again'],
  [/\bbecame of\b/i, 'the outcome'],
  [/\bwhoever\b/i, 'anyone who, the caller'],
  [/\b(some|any)body\b/i, 'someone, anyone'],
  [/\bshall\b/i, 'must, will'],
  [/\bmend(s|ing)?\b/i, 'fix, repair'],
  [/\b(is|are|was|were|be|been|being) told\b/i, 'receives, is reported, is shown'],
  [/\btold apart\b/i, 'distinguished'],
  [/\bto the (last )?bit\b/i, 'bit for bit'],
  [/\b(is|are) said (once|to)\b/i, 'is reported'],
  [/\b(goes|go) on\b/i, 'continues'],
  [/\bin silence\b/i, 'silently'],
  [/\bfor good\b/i, 'permanently'],
  [/\bstood\b|\bstands?\b(?! ?-?(in|ins|out|alone|for)\b)/i, 'is, remains, is listed'],
  [/\b(that|which|an address) (is|are) none\b/i, 'malformed'],
  [/\bknown are\b|\bchoose among\b/i, 'choose from'],
  [/\bexclude each other\b/i, 'cannot be combined'],
  [/\bof one's own\b/i, 'its own, a custom'],
  [/\b(that|which) (is|are) no (number|object|text|list|time)\b/i, 'is not a number'],
  [/\b(came|comes) of (it|that|them|each)\b/i, 'the result'],
  [/\bfor ever\b/i, 'forever'],
  [/\bbut for (those|the)\b/i, 'except for'],
  [/\bliving (trainer|run|monitor|driver|kernel)s?\b/i, 'live'],
  [/\bfigures of the machine\b/i, 'machine metrics'],
  [/\b(monitor|driver|trainer|keeper) lives\b/i, 'is running'],
  [/\b(with|in|has|have) an? \w+ of (its|their|your) own\b/i, 'its own'],
]

// A trial of a study is told its result: there `tell` is the name of the function.
const TELLS = /^(packages\/hyperopt-ts|docs\/hyperopt)\//
const NO_PROSE = /(^docs\/writing\.md|CHANGELOG\.md|\.lock|\/fixtures\/|\/fuzz\/corpus\/|^\.changeset\/)/
// Names of actions and values in tests, which no reader takes for a sentence.
const VALUES = /'(anew|mend|mended)'/g

function prose(file: string, line: string): string {
  if (file.endsWith('.md')) return line
  if (/^\s*(\/?\*|\/\/)/.test(line)) return line
  const texts = line.match(/\/\/.*$|'[^']*'|"[^"]*"|`[^`]*`/g) ?? []
  return texts.join(' ')
}

test('guides, help, messages, comments and test titles use none of the words that docs/writing.md replaces', () => {
  const files = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(ts|tsx|mjs|js|md)$/.test(file) && !NO_PROSE.test(file))
    .filter((file) => file !== 'test/plain-english.test.ts')
  const found: string[] = []
  for (const file of files) {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n')
    for (const [index, line] of lines.entries()) {
      const text = prose(file, line.replace(VALUES, ''))
      for (const [pattern, instead] of PRIVATE_WORDS) {
        const word = pattern.exec(text)?.[0]
        if (word !== undefined && !(word.endsWith('told') && TELLS.test(file)))
          found.push(`${file}:${index + 1}: "${word}", write: ${instead}`)
      }
    }
  }
  expect(files.length).toBeGreaterThan(1000)
  expect(found).toEqual([])
})
