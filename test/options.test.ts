import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './tarballs.ts'

/** Packages whose public functions refuse options that do not exist. */
const PACKAGES = ['kernel', 'cb', 'metrics', 'runtimectl', 'tfjs', 'journal', 'demos', 'actuators', 'launch'] as const

/** Functions that check their options in another way, and how. */
const OTHERWISE: Readonly<Record<string, string>> = {
  anomalyGuard: 'parameters of built-in callbacks are read by `createParams`',
  gradStats: 'the same',
  heartbeat: 'the same',
  tensorStats: 'the same',
  timing: 'the same',
  csvLogger: 'the same',
  jsonlLogger: 'the same',
  systemStats: 'the same',
  tensorBoard: 'the same',
  trainLoop: '`checkLoop`',
  readOptionFile: '`readOptions` refuses unknown options, with their position',
  readOptions: 'the same',
  readConfigFile: 'the same',
  formatOptions: 'writes options that were checked',
  joinOptions: '`checkLaunchOptions`',
  runDemo: '`planRun` begins with `checkDemoOptions`',
  createDigitsTrainer: '`resolveOptions`',
  createFinetuneTrainer: 'the same',
  createMultitaskTrainer: 'the same',
  windowOf: '`edgesOf` checks them',
}

test.each(PACKAGES)('every public function of @hotcb/%s that accepts options refuses unknown ones', (name) => {
  const sources = readdirSync(join(ROOT, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(ROOT, 'packages', name, 'src', file), 'utf8') }))
  const entries = sources.filter(({ file }) => /^(?:index|node|callbacks|testing|program)\.ts$/.test(file))
  const isPublic = (word: string): boolean => entries.some(({ text }) => new RegExp(`\\b${word}\\b`).test(text))
  const taking = sources.flatMap(({ text }) => [...text.matchAll(FUNCTION)]).filter(([, word = '']) => isPublic(word))
  const unchecked = taking.filter(([, word = '', body = '']) => !CHECK.test(body) && !(word in OTHERWISE))
  expect(unchecked.map(([, word]) => word)).toEqual([])
  expect(taking.length).toBeGreaterThan(0)
})

// An exported function with a parameter of a type that ends in `Options`, up to the brace that ends it.
const FUNCTION = /^export (?:async )?function (\w+)([^{]*?: [^{]*?\w*Options\b[\s\S]*?\n\})/gm
const CHECK = /\b(?:check\w*|\w*Problem)\(/
