import { expect, test } from 'vitest'
import {
  DEFAULT_AI,
  DEFAULT_AUTOPILOT_CONFIG,
  DEFAULT_LIMITS,
  readAutopilotConfig,
  readKeyMetricText,
  withMode,
  withRule,
  withRuleFiles,
} from '../src/index.ts'

const FILE = `# how this run is watched
mode: suggest   # ask me
key_metric: {name: score, direction: max}
rules:
  - mine.yaml
# limits of the lab
limits:
  lr: {auto: x2, ask: x30, drift: x10}
`

test('a config is read with its key metric, rule files and limits', () => {
  const read = readAutopilotConfig(FILE)
  const ratio = (most: number): object => ({ kind: 'ratio', most })
  expect(read).toEqual({
    ok: true,
    value: {
      ...{ mode: 'suggest', keyMetric: { name: 'score', direction: 'max' }, rules: ['mine.yaml'], disabled: [] },
      ...{ onWait: 'train', ai: DEFAULT_AI },
      limits: {
        ...DEFAULT_LIMITS,
        controls: [{ key: 'lr', auto: ratio(2), ask: ratio(30), drift: ratio(10) }],
      },
    },
  })
  expect([readAutopilotConfig(''), readAutopilotConfig('# nothing yet\n')]).toEqual([
    { ok: true, value: DEFAULT_AUTOPILOT_CONFIG },
    { ok: true, value: DEFAULT_AUTOPILOT_CONFIG },
  ])
})

test('a config determines whether a run continues or pauses while a rescue waits for an answer', () => {
  const waits = (text: string): unknown => {
    const read = readAutopilotConfig(text)
    return read.ok ? read.value.onWait : read.reason
  }
  expect(['', 'mode: auto', 'on_wait: train', 'on_wait: pause'].map(waits)).toEqual([
    ...['train', 'train', 'train', 'pause'],
  ])
})

test('a config with a mistake is rejected as a whole, with line and column', () => {
  const reasonOf = (text: string): unknown => {
    const read = readAutopilotConfig(text)
    return read.ok ? 'none' : read.reason
  }
  expect(reasonOf('mode: sugest\n')).toBe('hotcb.autopilot.yaml:1:7: unknown `mode` "sugest": did you mean `suggest`?')
  expect(reasonOf('mode: auto\nlimit: {}\n')).toBe(
    'hotcb.autopilot.yaml:2:1: unknown field `limit`: did you mean `limits`?',
  )
  expect(reasonOf('mode: auto\nlimits: {lr: {auto: much}}\n')).toMatch(
    /^hotcb\.autopilot\.yaml:2:9: `limits\.lr\.auto`/,
  )
  expect(reasonOf('on_wait: stop\n')).toBe(
    'hotcb.autopilot.yaml:1:10: unknown `on_wait` "stop": choose from train, pause',
  )
  expect(reasonOf('mode: auto\nai: {budget: 5}\n')).toBe('hotcb.autopilot.yaml:2:14: expected a mapping, got 5')
  expect(reasonOf('rules: [a, 3]\n')).toBe('hotcb.autopilot.yaml:1:8: `rules` must be a list of strings')
  expect(reasonOf('mode: auto\ndisabled: [""]\n')).toBe(
    'hotcb.autopilot.yaml:2:11: `disabled` must be a list of strings',
  )
  expect(reasonOf('rules: a\ndisabled: b\nmode: ai_auto\n')).toBe('none')
  expect(reasonOf('mode: [auto\n')).toMatch(/^hotcb\.autopilot\.yaml:\d+:1: /)
})

test('an edit changes one key and keeps comments and all other lines', () => {
  expect(withMode(FILE, 'auto')).toEqual({ ok: true, text: FILE.replace('mode: suggest', 'mode: auto') })
  expect(withMode('', 'off')).toEqual({ ok: true, text: 'mode: off\n' })
  expect(withMode('# only this', 'off')).toEqual({ ok: true, text: '# only this\nmode: off\n' })
  expect(withRule(FILE, 'mine', false)).toEqual({ ok: true, text: `${FILE}disabled: ["mine"]\n` })
})

test('only the lines of the key are replaced, in whatever way they are written', () => {
  const text = (edit: { readonly ok: boolean; readonly text?: string }): unknown => (edit.ok ? edit.text : edit)
  expect(text(withMode('"mode": auto # x\n', 'off'))).toBe('mode: off # x\n')
  expect(text(withMode("'mode' : auto\n", 'off'))).toBe('mode: off\n')
  expect(text(withMode('mode:\n  auto\nai: {model: a}\n', 'off'))).toBe('mode: off\nai: {model: a}\n')
  expect(text(withMode('ai: {model: mode}\nmode: auto', 'off'))).toBe('ai: {model: mode}\nmode: off')
  const list = 'disabled:\n- a\n\n# why\n- b\n\n# about the mode\nmode: auto\n'
  expect(text(withRule(list, 'b', true))).toBe('disabled: ["a"]\n\n# about the mode\nmode: auto\n')
  expect(text(withRule('disabled: [\n  a,\n  b\n  ]\nmode: auto\n', 'a', true))).toBe('disabled: ["b"]\nmode: auto\n')
  expect(text(withRule('disabled: [a]  # note\n', 'a', true))).toBe('disabled: []  # note\n')
  expect(text(withRule('disabled: [a]\n', 'a', false))).toBe('disabled: ["a"]\n')
  expect(text(withRule('mode: auto', 'a', true))).toBe('mode: auto\ndisabled: []\n')
})

test('rule files are listed in the config', () => {
  const files = ['b.yaml', 'c "d".yaml']
  expect(withRuleFiles('rules: [a.yaml]\nmode: auto', files)).toEqual({
    ...{ ok: true, text: 'rules: ["b.yaml", "c \\"d\\".yaml"]\nmode: auto' },
  })
  expect(withRuleFiles('mode: auto', [])).toEqual({ ok: true, text: 'mode: auto\nrules: []\n' })
  expect(withRuleFiles('{}', ['a'])).toEqual({
    ...{ ok: false, reason: '`rules` cannot be set in this file automatically; edit it by hand' },
  })
})

test('after a rule is switched off and on again, only the key remains', () => {
  const off = withRule('disabled:\n  - a\n  - b # why\nmode: auto\n', 'c', false)
  expect(off).toEqual({ ok: true, text: 'disabled: ["a", "b", "c"]\nmode: auto\n' })
  expect(off.ok && withRule(off.text, 'a', true)).toEqual({ ok: true, text: 'disabled: ["b", "c"]\nmode: auto\n' })
})

test('a file that cannot be read, or cannot be edited this way, is not changed', () => {
  const reason = 'hotcb.autopilot.yaml:1:1: unexpected end of the stream within a flow collection'
  expect(withMode('mode: [', 'auto')).toMatchObject({ ok: false, reason })
  expect(withRule('mode: [', 'a', false)).toMatchObject({ ok: false, reason })
  expect(withRule('{disabled: [a]}', 'a', true)).toEqual({
    ...{ ok: false, reason: '`disabled` cannot be set in this file automatically; edit it by hand' },
  })
  expect(withMode('{mode: suggest}\n', 'auto')).toEqual({
    ok: false,
    reason: '`mode` cannot be set in this file automatically; edit it by hand',
  })
})

test('a key metric has the direction that its name shows, or that follows it', () => {
  expect(['val_loss', 'accuracy', 'x:max', 'loss:max', 'x'].map(readKeyMetricText)).toEqual([
    { name: 'val_loss', direction: 'min' },
    { name: 'accuracy', direction: 'max' },
    { name: 'x', direction: 'max' },
    { name: 'loss', direction: 'max' },
    undefined,
  ])
})
