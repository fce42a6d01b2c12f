import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRun } from '@hotcb/run/node'
import { expect, test } from 'vitest'
import { DEFAULT_RULES, readRuleFile } from '../../src/index.ts'
import {
  chooseKeyMetric,
  editConfig,
  loadDraftRules,
  loadRules,
  readAutopilotConfigFile,
  readRuleTexts,
  writeRuleText,
} from '../../src/node.ts'
import { temporaryDirectory } from './steered-run.ts'

const rule = (id: string): string =>
  `version: 2\nrules:\n  - {id: ${id}, when: "loss > 1", action: {do: notify}, confidence: high}\n`

function place(files: Readonly<Record<string, string>> = {}): { readonly dir: string } {
  const dir = temporaryDirectory()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return { dir }
}

const TWO = {
  'hotcb.autopilot.yaml': 'rules: [a.yaml, b.yaml]\ndisabled: [off]\n',
  'a.yaml': rule('a'),
  'b.yaml': rule('b'),
}

test('without rule files the built-in rules are returned as the text of a file that does not exist yet', () => {
  const [only, ...others] = readRuleTexts(place())
  expect(others).toEqual([])
  expect(only).toMatchObject({ file: 'rules.yaml', stamp: null, problems: [] })
  const read = readRuleFile(only?.text ?? '')
  expect(read.ok && read.value.rules.map(({ id }) => id)).toEqual(DEFAULT_RULES.rules.map(({ id }) => id))
})

test('each file in the config is read with its problems, and a missing one is empty', () => {
  const at = place({
    'hotcb.autopilot.yaml': 'rules: [a.yaml, bad.yaml, none.yaml]\n',
    'a.yaml': rule('a'),
    'bad.yaml': rule('b').replace('notify', 'notfy'),
  })
  expect(readRuleTexts(at)).toMatchObject([
    { file: 'a.yaml', text: rule('a'), stamp: expect.any(String), problems: [] },
    { file: 'bad.yaml', problems: [{ file: 'bad.yaml', line: 3 }] },
    { file: 'none.yaml', text: '', stamp: null },
  ])
})

test("a run's first rule file is created and added to the config", () => {
  const at = place({ 'hotcb.autopilot.yaml': '# mine\nmode: auto\n' })
  const [{ file, stamp } = { file: '', stamp: 'x' }] = readRuleTexts(at)
  const written = writeRuleText(at, { file, text: rule('new'), stamp })
  expect(written).toEqual({ ok: true, stamp: readRuleTexts(at)[0]?.stamp })
  expect(readFileSync(join(at.dir, 'rules.yaml'), 'utf8')).toBe(rule('new'))
  expect(readFileSync(join(at.dir, 'hotcb.autopilot.yaml'), 'utf8')).toBe('# mine\nmode: auto\nrules: ["rules.yaml"]\n')
})

test('a text is refused if it has a mistake, if the config does not name the file, and if the file has changed', () => {
  const at = place(TWO)
  const stampOf = (): string | null => readRuleTexts(at)[0]?.stamp ?? null
  const stamp = stampOf()
  expect(writeRuleText(at, { file: 'c.yaml', text: rule('c'), stamp: null })).toMatchObject({
    ok: false,
    code: 'unknown-file',
    reason: 'the config does not name a rule file `c.yaml`',
  })
  const mistake = writeRuleText(at, { file: 'a.yaml', text: rule('a').replace('notify', 'notfy'), stamp })
  expect(mistake).toMatchObject({
    ok: false,
    code: 'mistake',
    reason: expect.stringContaining('notify'),
    problems: [{}],
  })
  expect(readFileSync(join(at.dir, 'a.yaml'), 'utf8')).toBe(rule('a'))
  expect(writeRuleText(at, { file: 'a.yaml', text: rule('x'), stamp: null })).toMatchObject({
    code: 'changed',
    reason: '`a.yaml` was created since it was read; read it again',
  })
  expect(writeRuleText(at, { file: 'a.yaml', text: rule('longer'), stamp })).toMatchObject({ ok: true })
  expect(writeRuleText(at, { file: 'a.yaml', text: rule('x'), stamp })).toMatchObject({
    code: 'changed',
    reason: '`a.yaml` was changed since it was read; read it again',
  })
  expect(readFileSync(join(at.dir, 'a.yaml'), 'utf8')).toBe(rule('longer'))
  const newer = stampOf()
  rmSync(join(at.dir, 'a.yaml'))
  expect(writeRuleText(at, { file: 'a.yaml', text: rule('x'), stamp: newer })).toMatchObject({
    code: 'changed',
    reason: '`a.yaml` was deleted since it was read; read it again',
  })
})

test('a draft replaces the text of its file among the others, without the disabled rules', () => {
  const at = place(TWO)
  const ids = (draft: { file: string; text: string } | null): unknown => {
    const read = loadDraftRules(at, draft)
    return read.ok ? read.value.rules.map(({ id }) => id) : read.problems.length
  }
  expect(ids(null)).toEqual(['a', 'b'])
  expect(ids({ file: 'a.yaml', text: rule('other') })).toEqual(['other', 'b'])
  expect(ids({ file: 'b.yaml', text: rule('off') })).toEqual(['a'])
  expect(ids({ file: 'a.yaml', text: rule('a').replace('notify', 'notfy') })).toBe(1)
  const bare = place()
  expect(loadDraftRules(bare, { file: 'rules.yaml', text: rule('mine') })).toMatchObject({
    value: { rules: [{ id: 'mine' }] },
  })
  expect(loadDraftRules(bare, null)).toMatchObject({ value: { rules: { length: DEFAULT_RULES.rules.length } } })
})

test('later rule files take precedence, and a missing one or one with a mistake is refused', () => {
  const at = place({ 'a.yaml': rule('same'), 'b.yaml': rule('same').replace('> 1', '> 2'), 'bad.yaml': 'rules: 3\n' })
  const whole = join(at.dir, 'b.yaml')
  expect(loadRules(at, ['a.yaml', whole]).rules.map(({ id, program }) => [id, program?.text])).toEqual([
    ['same', 'loss > 2'],
  ])
  expect(loadRules(at, ['a.yaml'], ['same']).rules).toEqual([])
  expect(loadRules(at, null).rules).toHaveLength(DEFAULT_RULES.rules.length)
  expect(loadRules(at, null, ['plateau_lr_reduce']).rules).toHaveLength(DEFAULT_RULES.rules.length - 1)
  expect(() => loadRules(at, ['none.yaml'])).toThrow(`the rule file \`${join(at.dir, 'none.yaml')}\` does not exist`)
  expect(() => loadRules(at, ['bad.yaml'])).toThrow(/bad\.yaml:1/)
})

test('an edit creates the config, and one that is refused changes nothing', () => {
  const at = place()
  editConfig(at, (text) => ({ ok: true, text: `${text}mode: off\n` }))
  expect(readAutopilotConfigFile(at).mode).toBe('off')
  expect(() => editConfig(at, () => ({ ok: false, reason: 'not so' }))).toThrow('not so')
  expect(readFileSync(join(at.dir, 'hotcb.autopilot.yaml'), 'utf8')).toBe('mode: off\n')
})

test('files outside the directory that must contain them are neither read nor written', () => {
  const outer = temporaryDirectory()
  const dir = join(outer, 'runs')
  mkdirSync(dir)
  writeFileSync(join(outer, 'secret.yaml'), rule('secret'))
  symlinkSync('../secret.yaml', join(dir, 'a.yaml'))
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'rules: [a.yaml]\n')
  const within = { dir, within: [dir] }
  expect(() => readRuleTexts(within)).toThrow()
  expect(() => loadRules(within, ['a.yaml'])).toThrow()
  expect(() => writeRuleText(within, { file: 'a.yaml', text: rule('x'), stamp: null })).toThrow()
  expect(readFileSync(join(outer, 'secret.yaml'), 'utf8')).toBe(rule('secret'))
  expect(readRuleTexts({ dir })[0]?.text).toBe(rule('secret'))
  symlinkSync('../made.yaml', join(dir, 'b.yaml'))
  expect(existsSync(join(outer, 'made.yaml'))).toBe(false)
})

test('the key metric comes from the config, then the rules, then the run document, and needs a direction', () => {
  const { dir } = place({ 'hotcb.run.json': '{"version": 1, "run_id": "r"}' })
  const run = openRun(dir)
  const none = { keyMetric: null }
  const named = (
    name: string,
    direction: 'min' | 'max' | null,
  ): { keyMetric: { name: string; direction: 'min' | 'max' | null } } => ({ keyMetric: { name, direction } })
  expect(chooseKeyMetric(run, none, none)).toBe(null)
  const config = named('a', 'min')
  expect(chooseKeyMetric(run, config as never, named('b', 'max'))).toEqual({ name: 'a', direction: 'min' })
  expect(chooseKeyMetric(run, none, named('b', 'max'))).toEqual({ name: 'b', direction: 'max' })
  expect(() => chooseKeyMetric(run, none, named('c', null))).toThrow(
    'the name of the key metric, `c`, does not show whether lower or higher is better',
  )
  const document = { version: 1, run_id: 'r', key_metric: 'val_loss' }
  writeFileSync(join(dir, 'hotcb.run.json'), JSON.stringify(document))
  expect(chooseKeyMetric(openRun(dir), none, none)).toEqual({ name: 'val_loss', direction: 'min' })
  writeFileSync(join(dir, 'hotcb.run.json'), JSON.stringify({ ...document, key_metric: 'zzz' }))
  expect(chooseKeyMetric(openRun(dir), none, none)).toBe(null)
})
