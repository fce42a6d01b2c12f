import { expect, test } from 'vitest'
import { readNotifyConfig } from '../src/index.ts'

function problemsOf(text: string): readonly string[] {
  const read = readNotifyConfig(text, 'n.yaml')
  return read.ok ? [] : read.problems
}

test('a complete configuration is read with its defaults', () => {
  const read = readNotifyConfig(
    `channels:
  phone: {kind: telegram, token: "env:BOT_TOKEN", chat: -100123}
  team: {kind: slack, webhook: "file:~/.config/hotcb/slack"}
  app: {kind: slack, token: env:A, app_token: env:B, channel: C024BE91L}
  mail: {kind: email, host: mail.example.org, user: me, password: env:P, from: a@example.org, to: [b@example.org]}
rules:
  - on: finished
  - {on: diverged, channels: [phone], level: critical}
  - {on: gt, metric: val_loss, value: 3, for: 100 steps, cooldown: 10m, template: "{metric} is {value} at {step}"}
  - {id: mine, when: "val_loss > 1.2 * least(val_loss, 20)"}
quiet: {from: 22:00, to: 7:30, zone: Europe/Berlin}
operators: {telegram: [123, 456]}
limits: {per_hour: 5}
`,
    'n.yaml',
  )
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const { channels, rules, quiet, operators, perHour } = read.config
  expect(channels[0]).toEqual({
    name: 'phone',
    kind: 'telegram',
    token: { from: 'env', name: 'BOT_TOKEN' },
    chat: '-100123',
    api: 'https://api.telegram.org',
  })
  expect(channels[1]).toMatchObject({ by: 'webhook', webhook: { from: 'file', path: '~/.config/hotcb/slack' } })
  expect(channels[3]).toMatchObject({ port: 587, secure: false, to: ['b@example.org'] })
  expect(rules.map(({ id, level }) => [id, level])).toEqual([
    ['finished', 'info'],
    ['diverged', 'critical'],
    ['gt val_loss', 'warning'],
    ['mine', 'warning'],
  ])
  expect(rules[0]?.channels).toEqual(['phone', 'team', 'app', 'mail'])
  expect(rules[2]).toMatchObject({ hold: { steps: 100 }, cooldown: { seconds: 600 } })
  expect(quiet).toEqual({ from: 22 * 60, to: 7 * 60 + 30, zone: 'Europe/Berlin', except: ['critical'] })
  expect([operators.telegram, operators.slack, perHour]).toEqual([['123', '456'], [], 5])
})

test('every mistake is reported with its line, its column, and a valid value', () => {
  expect(
    problemsOf(`channels:
  phone: {kind: telegramm, token: env:T, chat: 1}
  hook: {kind: webhook, url: http://example.org/x, secret: env:S, secrt: 1}
rules:
  - {on: finishd}
  - {on: gt, value: high, metric: loss, chanels: [phone]}
  - {on: lt, metric: loss}
  - {on: paused, channels: [phon], cooldown: 5, template: "{metrik}"}
  - {when: "loss >"}
  - {on: paused}
quiet: {from: 25:00, to: 07:00, zone: Europe/Berlinn, except: urgent}
operators: {telgram: [1]}
`),
  ).toEqual([
    'n.yaml:2:17: `kind` cannot be "telegramm": did you mean `telegram`?',
    'n.yaml:3:67: `hook` has no field `secrt`: did you mean `secret`?',
    'n.yaml:3:30: `url` must begin with `https://`; `http://` is only allowed for this machine',
    'n.yaml:5:10: `on` cannot be "finishd": did you mean `finished`?',
    'n.yaml:6:41: rule 2 has no field `chanels`: did you mean `channels`?',
    'n.yaml:6:21: `value` must be a number, got "high"',
    'n.yaml:7:5: `lt` needs `value`',
    'n.yaml:8:46: `cooldown` must be a time such as `30s`, `10m`, `2h`, or steps such as `100 steps`, got 5',
    'n.yaml:8:29: no channel `phon`: did you mean `phone`?',
    'n.yaml:8:60: `{metrik}` is not a message field: did you mean `metric`?',
    'n.yaml:9:13: `when`, at character 7: the expression ends too early: a number, a name, a string or `(` is expected',
    'n.yaml:10:5: rules 4 and 6 are both called `paused`: give one an `id`',
    'n.yaml:11:39: unknown time zone "Europe/Berlinn": use a name such as `Europe/Berlin`',
    'n.yaml:11:63: unknown level "urgent": choose from info, warning, critical',
    'n.yaml:11:15: `from` must be a time of day such as `22:30`, got "25:00"',
    'n.yaml:12:13: `operators` has no field `telgram`: did you mean `telegram`?',
  ])
})

test('a secret in the file is refused and is not repeated in the message', () => {
  const secret = '123456:AAE-very-secret'
  const problems = problemsOf(`channels:
  phone: {kind: telegram, token: "${secret}", chat: 1}
  team: {kind: slack, webhook: https://hooks.slack.com/services/${secret}}
  hook: {kind: webhook, url: "https://user:${secret}@example.org/", secret: [${secret}]}
`)
  expect(problems).toHaveLength(4)
  expect(problems.join('\n')).not.toContain('very-secret')
  expect(problems[0]).toBe(
    'n.yaml:2:35: `token` is a secret and must not be written here: write `env:NAME`, or `file:PATH` for a file with mode 0600',
  )
})

test('a file that is not a configuration is reported in one line', () => {
  expect(problemsOf('- a\n')).toEqual([expect.stringMatching(/^n\.yaml:1:1: the file must be a mapping/)])
  expect(problemsOf('channels: {a: b\n')).toEqual([expect.stringMatching(/^n\.yaml:\d+: /)])
  expect(problemsOf('channels: 5\nrules: {}\n')).toHaveLength(2)
  expect(problemsOf('')).toEqual([])
})
