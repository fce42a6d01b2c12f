import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  type Command,
  type FeatureRecord,
  type FreezeState,
  formatCommand,
  formatFeatureRecord,
  formatFreeze,
  formatLedgerLine,
  formatLine,
  formatMetricRecord,
  formatRecipeEntry,
  type LedgerLine,
  type MetricRecord,
  parseJson,
  type RecipeEntry,
} from '../src/index.ts'
import { formats } from './formats.ts'

describe('what hotcb 2 writes', () => {
  for (const { golden, read } of formats.filter((format) => existsSync(fixture('hotcb2', format.golden)))) {
    test(`every line of ${golden} is read`, async () => {
      const values = lines('hotcb2', golden).map((line) => read(line))
      expect(values.filter((value) => !value.ok)).toEqual([])
      const read_as = values.map((value) => (value.ok ? JSON.stringify(value.value) : '')).join('\n')
      await expect(`${read_as}\n`).toMatchFileSnapshot(fixture('hotcb2-read', golden))
    })
  }
})

describe('what we write', () => {
  // The readers have checked every line; the casts give its type.
  const writers: Readonly<Record<string, (value: unknown) => string>> = {
    'hotcb.commands.jsonl': (value) => formatCommand(value as Command),
    'hotcb.applied.jsonl': (value) => formatLedgerLine(value as LedgerLine),
    'hotcb.freeze.jsonl': (value) => formatFreeze(value as FreezeState),
    'hotcb.recipe.jsonl': (value) => formatRecipeEntry(value as RecipeEntry),
    'hotcb.metrics.jsonl': (value) => formatMetricRecord(value as MetricRecord),
    'hotcb.features.jsonl': (value) => formatFeatureRecord(value as FeatureRecord),
    'hotcb.state.jsonl': (value) => formatLine(value as object),
    'hotcb.actuators.jsonl': (value) => formatLine(value as object),
    'meta.jsonl': (value) => formatLine(value as object),
    'hotcb.run.jsonl': (value) => formatLine(value as object),
    'hotcb.autopilot.jsonl': (value) => formatLine(value as object),
  }
  for (const [golden, write] of Object.entries(writers)) {
    test(`${golden} is written back byte for byte`, () => {
      const format = formats.find((candidate) => candidate.golden === golden)
      const written = lines('ours', golden).map((line) => {
        const value = format?.read(line)
        return value?.ok === true ? write(sameKeys(golden, line, value.value)) : value?.reason
      })
      expect(written.join('')).toBe(readFileSync(fixture('ours', golden), 'utf8'))
    })
  }
})

// Null fields of a command are left out, and so is a module that the writer left out.
function sameKeys(golden: string, line: unknown, value: unknown): unknown {
  if (golden !== 'hotcb.commands.jsonl')
    return golden === 'hotcb.run.jsonl' ? { ...(line as object), ...(value as object) } : value
  const keys = Object.keys(line as object)
  return Object.fromEntries(Object.entries(value as object).filter(([key]) => keys.includes(key)))
}

function fixture(folder: string, name: string): string {
  return fileURLToPath(new URL(`./fixtures/${folder}/${name}`, import.meta.url))
}

function lines(folder: string, name: string): readonly unknown[] {
  const texts = readFileSync(fixture(folder, name), 'utf8').split('\n')
  return texts
    .filter((text) => text !== '')
    .map((text) => {
      const parsed = parseJson(text)
      return parsed.ok ? parsed.value : parsed.reason
    })
}
