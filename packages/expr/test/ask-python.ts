import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Value } from '../src/index.ts'
import { PARAMETERS } from './expressions.ts'
import type { Answer } from './python-answers.ts'

/** Returns CPython's answers, one per text. */
export function askPython(python: string, texts: readonly string[]): readonly Answer[] {
  const names = Object.fromEntries(Object.entries(PARAMETERS).map(([name, value]) => [name, plain(value)]))
  const program = fileURLToPath(new URL('python_answers.py', import.meta.url))
  // `2.0` of a list must arrive as a float.
  const input = JSON.stringify({ names, texts })
    .replace('"sizes":[1,2]', '"sizes":[1,2.0]')
    .replace('"wd":0', '"wd":0.0')
  const { stdout, stderr, status } = spawnSync(python, [program], { input, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`${python} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}

function plain(value: Value): unknown {
  if ('items' in value) return value.items.map(plain)
  return value.type === 'none' ? null : value.value
}
