import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunError } from '@hotcb/run'
import { openRunDirectory, type Run } from '@hotcb/run/node'
import { expect, test } from 'vitest'
import { DEFAULT_AUTOPILOT_CONFIG, DEFAULT_RULES, withMode } from '../../src/index.ts'
import { chooseKeyMetric } from '../../src/node/choose-key-metric.ts'
import { editConfig, loadRules, readAutopilotConfigFile } from '../../src/node/config-file.ts'
import { temporaryDirectory } from './steered-run.ts'

/** The code, the message and the hint of the error that a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return isRunError(error) ? [error.code, error.message, error.hint] : error
  }
}

test("a run's config is read, and changed or created", () => {
  const dir = temporaryDirectory()
  const path = join(dir, 'hotcb.autopilot.yaml')
  expect(readAutopilotConfigFile({ dir })).toEqual(DEFAULT_AUTOPILOT_CONFIG)
  editConfig({ dir }, (text) => withMode(text, 'auto'))
  expect([readFileSync(path, 'utf8'), readAutopilotConfigFile({ dir }).mode]).toEqual(['mode: auto\n', 'auto'])
  writeFileSync(path, 'mode: fast\n')
  const problem = [
    'bad-argument',
    'hotcb.autopilot.yaml:1:7: unknown `mode` "fast": choose from off, suggest, auto, ai_suggest, ai_auto',
    undefined,
  ]
  expect(thrown(() => readAutopilotConfigFile({ dir }))).toEqual(problem)
  expect(thrown(() => editConfig({ dir }, (text) => withMode(text, 'auto')))).toEqual(problem)
  expect(readFileSync(path, 'utf8')).toBe('mode: fast\n')
})

const rule = (id: string, cooldown: number): string =>
  `version: 2\nkey_metric: ${id}_loss\nrules:\n  - {id: ${id}, condition: nan, action: {do: notify}, cooldown: ${cooldown}}\n`

test('rules come from the listed files, without those that are switched off', () => {
  const dir = temporaryDirectory()
  mkdirSync(join(dir, 'more'))
  const far = join(temporaryDirectory(), 'far.yaml')
  writeFileSync(join(dir, 'a.yaml'), rule('a', 1))
  writeFileSync(join(dir, 'more', 'b.yaml'), rule('b', 2))
  writeFileSync(far, rule('a', 3))
  const loaded = (...given: Parameters<typeof loadRules> extends [unknown, ...infer Rest] ? Rest : never): unknown => {
    const { rules, keyMetric } = loadRules({ dir }, ...given)
    return [rules.map(({ id, cooldown, place }) => `${id} ${cooldown} ${place}`), keyMetric?.name ?? null]
  }
  expect(loadRules({ dir }, null)).toEqual(DEFAULT_RULES)
  expect(loaded(['a.yaml', 'more/b.yaml'])).toEqual([
    [`a 1 ${join(dir, 'a.yaml')}:4`, `b 2 ${join(dir, 'more', 'b.yaml')}:4`],
    'b_loss',
  ])
  expect(loaded(['a.yaml', far])).toEqual([[`a 3 ${far}:4`], 'a_loss'])
  expect(loaded(['a.yaml', 'more/b.yaml'], ['a', 'x'])).toEqual([[`b 2 ${join(dir, 'more', 'b.yaml')}:4`], 'b_loss'])
  expect(loaded([])).toEqual([[], null])
  expect(thrown(() => loadRules({ dir }, ['none.yaml']))).toEqual([
    ...['bad-argument', `the rule file \`${join(dir, 'none.yaml')}\` does not exist`, undefined],
  ])
  writeFileSync(join(dir, 'a.yaml'), 'rules: 3')
  expect(thrown(() => loadRules({ dir }, ['a.yaml']))).toEqual([
    ...['bad-argument', `${join(dir, 'a.yaml')}:1:8: \`rules\` must be a list, got 3`, undefined],
  ])
})

function runWith(keyMetric?: string): Run {
  const dir = temporaryDirectory()
  const document = { version: 1, run_id: 'r', ...(keyMetric !== undefined && { key_metric: keyMetric }) }
  writeFileSync(join(dir, 'hotcb.run.json'), JSON.stringify(document))
  return openRunDirectory(dir)
}

test('the key metric comes from the config, then from the rules, then from the run', () => {
  const none = { keyMetric: null }
  const named = (name: string, direction: 'min' | 'max' | null) => ({ keyMetric: { name, direction } })
  const run = runWith('val_loss')
  expect(chooseKeyMetric(run, named('a', 'max'), named('b', 'min'))).toEqual({ name: 'a', direction: 'max' })
  expect(chooseKeyMetric(run, none, named('b', 'min'))).toEqual({ name: 'b', direction: 'min' })
  expect(chooseKeyMetric(run, none, none)).toEqual({ name: 'val_loss', direction: 'min' })
  expect([chooseKeyMetric(runWith(), none, none), chooseKeyMetric(runWith('zzz'), none, none)]).toEqual([null, null])
  expect(thrown(() => chooseKeyMetric(run, named('zzz', null), none))).toEqual([
    'bad-argument',
    'the name of the key metric, `zzz`, does not show whether lower or higher is better',
    'use `key_metric: {name: zzz, direction: min}` or `--key-metric zzz:min`',
  ])
})
