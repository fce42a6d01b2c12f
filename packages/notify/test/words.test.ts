import type { JsonObject } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import {
  buttonText,
  createDeliveryFold,
  createNotifyHistoryFold,
  deliveryDetail,
  describeNotifyRule,
  describeQuiet,
  escapeMarkdown,
  escapeSlack,
  type NotifyMessage,
  readButton,
  readNotifyConfig,
  readNotifyLine,
  readPageRule,
  readPageRules,
  showDuration,
  withoutMentions,
} from '../src/index.ts'
import { createAnswers } from '../src/node/answers.ts'
import { discordPayload } from '../src/node/channels/discord-payload.ts'
import { slackPayload } from '../src/node/channels/slack-payload.ts'
import { signatureHeaders, verifySignature } from '../src/node/signature.ts'
import { escapeBody, escapeHtml } from '../src/text/escape.ts'
import { bodyOf, markedTitle } from '../src/text/lines.ts'
import { templateProblem } from '../src/text/template.ts'

const MESSAGE: NotifyMessage = {
  ...{ title: 'exp: paused', text: 'it is so', level: 'warning', run: 'exp', step: 7, rule: 'paused' },
  ...{ phase: 'opened', metric: null, value: null, action: null },
}

test.each([
  [{ steps: 1 }, '1 step'],
  [{ steps: 100 }, '100 steps'],
  [{ seconds: 0 }, '0s'],
  [{ seconds: 90 }, '90s'],
  [{ seconds: 600 }, '10m'],
  [{ seconds: 7200 }, '2h'],
  [{ seconds: 172_800 }, '2d'],
])('%j is written %s', (span, text) => {
  expect(showDuration(span)).toBe(text)
})

function rules(yaml: string) {
  const read = readNotifyConfig(`channels:\n  a: {kind: desktop}\n  b: {kind: terminal}\nrules: [${yaml}]\n`, 'n.yaml')
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.config
}

function problems(yaml: string): readonly string[] {
  const read = readNotifyConfig(yaml, 'n')
  return read.ok ? [] : read.problems.map((problem) => problem.replace(/^n(:\d+)*: /, ''))
}

test.each([
  ['{on: finished}', 'finished', 'again after 1h', 'all channels'],
  [
    '{on: gt, metric: loss, value: 3, for: 10 steps, cooldown: 5m, channels: [a]}',
    'gt loss 3',
    'for 10 steps, again after 5m',
    'a',
  ],
  ['{on: spike, value: 2, window: 5, for: 30s}', 'spike 2 window 5', 'for 30s, again after 1h', 'all channels'],
  ['{when: "loss > 1", for: 0 steps}', 'when loss > 1', 'again after 1h', 'all channels'],
])('the description of the rule %s', (yaml, what, timing, to) => {
  const config = rules(yaml)
  expect(config.rules.map((rule) => describeNotifyRule(rule, config))).toEqual([{ what, timing, to }])
})

test('the subject of a rule determines its default level and name', () => {
  const names = ['failed', 'lost', 'diverged', 'nan', 'budget_spent', 'finished', 'stopped', 'paused', 'frozen', 'slow']
  const { rules: all } = rules(names.map((on) => `{on: ${on}}`).join(', '))
  expect(all.map(({ id }) => id)).toEqual(names)
  expect(all.map(({ level }) => level)).toEqual([
    ...['critical', 'critical', 'critical', 'critical', 'critical', 'info', 'info', 'info', 'info', 'warning'],
  ])
  expect(
    rules('{when: "a > 1"}, {when: "b > 1", id: 7, level: info}').rules.map(({ id, level }) => [id, level]),
  ).toEqual([
    ['rule-1', 'warning'],
    ['7', 'info'],
  ])
})

describe('a message about a configuration names the mistake', () => {
  test.each([
    ['rules: [{metric: x}]', ['rule 1 needs `on`: one of finished, ']],
    ['rules: [5]', ['rule 1 must be a mapping, got 5', 'rule 1 needs `on`']],
    ['rules: [{on: 5}]', ['`on` cannot be 5: choose from finished']],
    ['rules: [{on: gt, value: 1}]', ['`gt` needs `metric`']],
    ['rules: [{on: paused, metric: x}]', ['`paused` applies to the run and has no `metric`']],
    ['rules: [{on: paused, value: 1}]', ['`paused` has no `value`']],
    ['rules: [{on: spike, window: 3}]', ['`window` is only valid for `plateau` and `spike` with a `value`']],
    ['rules: [{on: spike, value: 1, window: 1}]', ['`window` must be a number of at least 2, got 1']],
    ['rules: [{on: nan, when: "a > 1"}]', ['`when` and `on: nan` cannot be combined']],
    ['rules: [{on: nan, level: high}]', ['`level` cannot be "high": choose from info, warning, critical']],
    ['rules: [{on: nan, channels: phone}]', ['no channel `phone`: none is configured']],
    ['rules: [{on: nan, channels: [[1]]}]', ['`channels` must contain text, got [1]']],
    ['rules: [{on: nan, for: 1.5 steps}]', ['`for` must be a time such as `30s`']],
    ['rules: [{on: nan, for: 5w}]', ['`for` must be a time such as `30s`']],
    ['rules: [{on: nan, template: 5}]', ['`template` must be text, got 5']],
    ['rules: [{on: nan, value: .inf, metric: x}]', ['`value` must be a number, got ']],
    ['rules: 5', ['`rules` must be a list, got 5']],
    ['limits: {per_hour: 0}', ['`per_hour` must be a number of at least 1, got 0']],
    ['limits: {per_day: 5}', ['`limits` has no field `per_day`: choose from per_hour']],
    ['more: 1', ['the file has no field `more`: choose from channels, rules, quiet, operators, limits']],
    ['operators: {telegram: [x, null]}', ['`telegram` must contain text, got null']],
    [
      'quiet: {from: 7, to: "24:00"}',
      ['`quiet` needs `zone`', '`from` must be text, got 7', '`to` must be a time of day such as `22:30`, got "24:00"'],
    ],
    ['channels: {"a b": {kind: desktop}}', ['a channel name may have up to 40 letters, digits, `-` and `_`']],
    ['channels: {a: {}}', ['`a` needs `kind`: one of telegram, slack']],
    [
      'channels: {a: {kind: telegram, chat: 1.5}}',
      ['`a` needs `token`: write `env:NAME`', '`chat` must be text, got 1.5'],
    ],
    ['channels: {a: {kind: telegram, token: "env:1X", chat: 1}}', ['`token` is a secret and must not be written here']],
    [
      'channels: {a: {kind: slack, webhook: env:W, token: env:T}}',
      ['`webhook` and `token` cannot be combined: a webhook needs nothing else'],
    ],
    [
      'channels: {a: {kind: slack, token: env:T, channel: general}}',
      ['`channel` must be a channel ID, such as `C024BE91L`, got "general"'],
    ],
    [
      'channels: {a: {kind: webhook, url: nowhere, secret: env:S}}',
      ['`url` must be an address such as `https://example.org/hook`'],
    ],
    [
      'channels: {a: {kind: webhook, url: "https://me@h/", secret: env:S}}',
      ['`url` must not contain a user name or password'],
    ],
    ['channels: {a: {kind: webhook, url: "ftp://127.0.0.1/", secret: env:S}}', ['`url` must begin with `https://`']],
    ['channels: {a: {kind: webhook, url: "http://127.0.0.1.x/", secret: env:S}}', ['`url` must begin with `https://`']],
    [
      'channels: {a: {kind: email, host: h, from: a, user: u}}',
      ['an email channel needs `to`: one address or a list of them', '`user` and `password` must be given together'],
    ],
    [
      'channels: {a: {kind: email, host: h, from: a, to: b, port: 0}}',
      ['`port` must be a number of at least 1, got 0'],
    ],
    ['channels: {a: {kind: email, host: h, from: a, to: b, secure: 1}}', ['`secure` must be true or false, got 1']],
  ])('%s', (yaml, wanted) => {
    const found = problems(yaml)
    expect(found).toHaveLength(wanted.length)
    for (const [i, start] of wanted.entries()) expect(found[i]?.slice(0, start.length)).toBe(start)
  })

  test('and there is none for addresses on this machine, secrets in files and defaults', () => {
    const read = readNotifyConfig(
      `channels:
  a: {kind: webhook, url: "http://localhost:8/", secret: file:/s}
  b: {kind: webhook, url: "http://[::1]:8/", secret: env:_S1}
  c: {kind: webhook, url: file:/u, secret: env:S}
  d: {kind: email, host: h, from: a, to: b, port: 465}
  e: {kind: terminal, bell: false}
  f: {kind: discord, token: env:T, channel: 123}
  g: {kind: slack, token: env:T, channel: D1}
quiet: {from: "7:05", to: "23:59", zone: UTC, except: [info, warning]}
`,
      'n',
    )
    expect(read).toMatchObject({
      ok: true,
      config: {
        channels: [
          { url: 'http://localhost:8/', secret: { from: 'file', path: '/s' } },
          { secret: { from: 'env', name: '_S1' } },
          { url: { from: 'file', path: '/u' } },
          { port: 465, secure: true, user: null, password: null, to: ['b'] },
          { kind: 'terminal', bell: false },
          { by: 'app', channel: '123', api: 'https://discord.com/api' },
          { by: 'app', appToken: null, api: 'https://slack.com/api/' },
        ],
        quiet: { from: 425, to: 1439, zone: 'UTC', except: ['info', 'warning'] },
        perHour: 20,
        operators: { telegram: [], slack: [], discord: [] },
      },
    })
  })
})

test('quiet hours and deliveries are described in words', () => {
  const quiet = { from: 22 * 60, to: 7 * 60 + 5, zone: 'UTC', except: ['critical', 'warning'] } as const
  expect(describeQuiet(quiet)).toBe('22:00 to 07:05 UTC, except critical, warning')
  expect(describeQuiet({ ...quiet, except: [] })).toBe('22:00 to 07:05 UTC')
  const detail = (state: 'sent' | 'failed', tries: number, reason: string | null) =>
    deliveryDetail({ state, tries, reason })
  expect([detail('sent', 1, null), detail('sent', 2, 'x'), detail('failed', 1, 'x'), detail('failed', 3, 'x')]).toEqual(
    [...['', ' after 2 tries', ' (x)', ' after 3 tries (x)']],
  )
})

test('the markup of each chat, and mentions, are escaped', () => {
  const text = '<b>@all</b> & *x* [y](z) `c`'
  expect(withoutMentions('@a @\u2060b')).toBe('@\u2060a @\u2060b')
  expect(escapeHtml(text)).toBe('&lt;b&gt;@\u2060all&lt;/b&gt; &amp; *x* [y](z) `c`')
  expect(escapeSlack(text)).toBe(escapeHtml(text))
  expect(escapeBody(text)).toBe('&lt;b&gt;@all&lt;/b&gt; &amp; *x* [y](z) `c`')
  expect(escapeMarkdown('a\\`*_~|<>[]()#+-!:.b')).toBe('a\\\\\\`\\*\\_\\~\\|\\<\\>\\[\\]\\(\\)\\#\\+\\-\\!\\:\\.b')
})

test('a title shows its level, and a question without buttons describes how to answer', () => {
  const titles = [{ level: 'info' }, { level: 'warning' }, { level: 'critical' }, { phase: 'recovered' }] as const
  expect(titles.map((more) => markedTitle({ ...MESSAGE, ...more }))).toEqual([
    ...['ℹ️ exp: paused', '⚠️ exp: paused', '🚨 exp: paused', '✅ exp: paused'],
  ])
  const question = { ...MESSAGE, action: 'a1' }
  expect(bodyOf(question, false)).toBe('it is so Answer: hotcb autopilot approve a1, or hotcb autopilot reject a1.')
  expect([bodyOf(question, true), bodyOf(MESSAGE, false)]).toEqual(['it is so', 'it is so'])
})

test('a template that names an unknown field is refused with a similar name', () => {
  expect([templateProblem('{run} {because}'), templateProblem('no field')]).toEqual([null, null])
  expect(templateProblem('{run} {stp}')).toBe('`{stp}` is not a message field: did you mean `step`?')
  expect(templateProblem('{}')).toMatch(/^`\{\}` is not a message field: choose from because, count, level, metric/)
})

test('payloads for chats contain text without markup, and buttons only for a question', () => {
  const buttons = { approve: 'yes', reject: 'no' }
  expect(discordPayload({ title: 'a*b', body: 'c' }, null)).toEqual({
    ...{ content: '**a\\*b**\nc', allowed_mentions: { parse: [] }, flags: 4, components: [] },
  })
  expect(discordPayload({ title: 'a', body: 'x'.repeat(3000) }, buttons)).toMatchObject({
    content: expect.stringMatching(/^.{5}\nx{1994}$/),
    components: [
      {
        type: 1,
        components: [
          { type: 2, style: 3, label: 'Approve', custom_id: 'yes' },
          { type: 2, style: 4, label: 'Reject', custom_id: 'no' },
        ],
      },
    ],
  })
  expect(slackPayload(MESSAGE, null)).toEqual({
    text: '⚠️ exp: paused: it is so',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: '⚠️ exp: paused', emoji: false } },
      { type: 'section', text: { type: 'plain_text', text: 'it is so', emoji: false } },
    ],
    unfurl_links: false,
    unfurl_media: false,
  })
  const empty = { ...MESSAGE, text: '' }
  expect(slackPayload(empty, buttons).blocks).toMatchObject([
    {},
    { text: { text: ' ' } },
    {
      type: 'actions',
      elements: [
        {
          type: 'button',
          text: { type: 'plain_text', text: 'Approve' },
          style: 'primary',
          value: 'yes',
          action_id: 'approve',
        },
        {
          type: 'button',
          text: { type: 'plain_text', text: 'Reject' },
          style: 'danger',
          value: 'no',
          action_id: 'reject',
        },
      ],
    },
  ])
  const answered = slackPayload({ ...MESSAGE, title: 'x'.repeat(300) }, null, 'approved')
  expect(answered.blocks).toMatchObject([
    { text: { text: expect.stringMatching(/^.{150}$/) } },
    { text: { text: 'it is so — approved' } },
  ])
  expect(answered.text).toMatch(/: approved$/)
})

test('a signature is valid only for its body and its secret, for five minutes', () => {
  const headers = signatureHeaders('s', 'body', 1000)
  expect(headers).toEqual({ 'hotcb-timestamp': '1000', 'hotcb-signature': expect.stringMatching(/^v1=[0-9a-f]{64}$/) })
  const isGood = (secret: string, body: string, now: number, given: object = headers) =>
    verifySignature(secret, given as Readonly<Record<string, string>>, body, now)
  expect([isGood('s', 'body', 700), isGood('s', 'body', 1300)]).toEqual([true, true])
  expect([
    isGood('s', 'body', 699),
    isGood('s', 'body', 1301),
    isGood('t', 'body', 1000),
    isGood('s', 'other', 1000),
  ]).toEqual([...[false, false, false, false]])
  for (const wrong of [
    {},
    { ...headers, 'hotcb-timestamp': '1001' },
    { ...headers, 'hotcb-timestamp': 'x' },
    { ...headers, 'hotcb-signature': 'v1=' },
    { ...headers, 'hotcb-signature': ['a'] },
  ]) {
    expect(isGood('s', 'body', 1000, wrong)).toBe(false)
  }
})

const sign = (text: string): string => Buffer.from(text).toString('base64url').slice(-12)

test("a press is passed on if an operator pressed this machine's button in the chat with the question", async () => {
  const answers = createAnswers({ telegram: ['7'], slack: [], discord: ['9'] }, sign)
  const channel = { name: 'c', kind: 'telegram', target: 't', chat: '77', listen: () => undefined, send: async () => ({ ok: true }), close: async () => undefined } as unknown as Parameters<typeof answers.press>[0] // biome-ignore format: a stand-in
  const press = { run: '0123abcd', action: 'a1', verdict: 'approve' } as const
  const data = buttonText(press, '77', sign)
  const said = (more: object = {}, of = channel) => answers.press(of, { data, chat: '77', user: '7', ...more })
  expect([
    answers.isOpen(channel),
    answers.isOpen({ ...channel, kind: 'slack' }),
    answers.isOpen({ ...channel, chat: null }),
  ]).toEqual([...[true, false, false]])
  expect([answers.isOpen({ ...channel, kind: 'desktop' }), answers.isOpen({ ...channel, kind: 'discord' })]).toEqual([
    false,
    true,
  ])
  expect(await said({ chat: '78' })).toBe('Answers from this chat are not accepted.')
  expect(await said({}, { ...channel, chat: null })).toBe('Answers from this chat are not accepted.')
  expect(await said({ user: '8' })).toBe('You are not allowed to answer: user 8 is not one of the operators.')
  expect(await said({ data: `${data.slice(0, -1)}!` })).toBe(
    'This button was not created for this chat by the machine that is watching the run.',
  )
  expect(await said()).toBe("This message's run is not being watched right now.")
  answers.register('0123abcd', async (pressed, author) => `${pressed.action} ${pressed.verdict} ${author}`)
  expect(await said()).toBe('a1 approve telegram:7')
  answers.unregister('0123abcd')
  expect(await said()).toBe("This message's run is not being watched right now.")
})

test.each([
  '',
  'hc2:0123abcd:a1:a:0123456789',
  'hc1:0123abc:a1:a:0123456789',
  'hc1:0123abcd::a:0123456789',
  'hc1:0123abcd:a1:x:0123456789',
  'hc1:0123abcd:a1:a:012345678',
  'xhc1:0123abcd:a1:a:0123456789',
])('the text %j is not the value of a button', (text) => {
  expect(readButton(text, '77', () => '0123456789')).toBeUndefined()
})

describe('lines of the log', () => {
  const notify = (state: string, more: object = {}): JsonObject =>
    ({ kind: 'notify', ts: 5, data: { id: 'd', key: 'k', channel: 'c', state, tries: 0, message: null, reason: null, ref: null, ...more } }) as JsonObject // biome-ignore format: one line of a log

  test('in a known form are read, and others are not', () => {
    expect(readNotifyLine(notify('sent', { tries: 2, ref: 'r' }))).toEqual({
      ...{
        kind: 'notify',
        ts: 5,
        id: 'd',
        key: 'k',
        channel: 'c',
        state: 'sent',
        tries: 2,
        message: null,
        reason: null,
        ref: 'r',
      },
    })
    const edge = {
      kind: 'edge',
      ts: 5,
      data: { key: 'k', phase: 'opened', step: 3, message: MESSAGE },
    } as unknown as JsonObject
    expect(readNotifyLine(edge)).toEqual({ kind: 'edge', ts: 5, key: 'k', phase: 'opened', step: 3, message: MESSAGE })
    const older = { kind: 'edge', ts: 5, data: { key: 'k', phase: 'recovered', step: 'x' } } as unknown as JsonObject
    expect(readNotifyLine(older)).toEqual({
      kind: 'edge',
      ts: 5,
      key: 'k',
      phase: 'recovered',
      step: null,
      message: null,
    })
    const answer = { action: 'a', verdict: 'approve', author: 'me', outcome: 'ok' }
    expect(readNotifyLine({ kind: 'answer', ts: 5, data: answer })).toEqual({ kind: 'answer', ts: 5, ...answer })
    expect(readNotifyLine({ kind: 'seen', ts: 5, data: { sighted: { attempt: 1 } } })).toMatchObject({
      sighted: { attempt: 1 },
    })
    const wrong: JsonObject[] = [
      { ...notify('sent'), ts: 'x' },
      { ...notify('sent'), data: [] },
      { ...notify('sent'), kind: 'other' },
      notify('lost'),
      notify('sent', { id: 5 }),
      notify('sent', { tries: '1' }),
      { ...edge, data: { key: 'k', phase: 'begun' } },
      { ...edge, data: { phase: 'opened' } },
      { kind: 'answer', ts: 5, data: { ...answer, outcome: null } },
      { kind: 'seen', ts: 5, data: { sighted: 5 } },
    ]
    expect(wrong.map(readNotifyLine)).toEqual(Array(wrong.length).fill(undefined))
  })

  test.each([
    { title: 5 },
    { text: null },
    { run: 1 },
    { rule: undefined },
    { level: 'high' },
    { phase: 'begun' },
    { metric: 5 },
    { value: 'x' },
  ])('a message with %j is ignored', (more) => {
    expect(readNotifyLine(notify('due', { message: { ...MESSAGE, ...more } }))).toMatchObject({ message: null })
  })

  test('form one delivery for each message and channel', () => {
    const fold = createDeliveryFold()
    const lines = [
      notify('due', { message: MESSAGE }),
      { ...notify('due', { tries: 1, reason: 'busy' }), ts: 6 },
      { ...notify('sent', { tries: 2 }), ts: 9 },
      notify('dropped', { channel: 'other', reason: 'too old' }),
      { kind: 'seen', ts: 7, data: { sighted: {} } },
      { kind: 'begin', n: 2, data: { token: 't' } },
      { ...notify('failed', { id: 'late' }), n: 1 },
    ]
    for (const line of lines) fold.take(line)
    expect(fold.deliveries()).toEqual([
      { id: 'd', ts: 5, changed: 9, channel: 'c', state: 'sent', tries: 2, reason: null, message: MESSAGE },
      { id: 'd', ts: 5, changed: 5, channel: 'other', state: 'dropped', tries: 0, reason: 'too old', message: null },
    ])
  })

  test('inform a later notifier about open edges, sent messages and open questions', () => {
    const fold = createNotifyHistoryFold()
    const question = { ...MESSAGE, action: 'a1' }
    const lines = [
      { kind: 'edge', ts: 3, data: { key: 'k', phase: 'opened', step: 7, message: null } },
      { kind: 'seen', ts: 4, data: { sighted: { wasAlive: true, attempt: 2, wasClosed: false } } },
      notify('due', { id: 'open', message: MESSAGE }),
      notify('due', { id: 'open', tries: 2 }),
      notify('due', { id: 'done', message: question }),
      notify('sent', { id: 'done', ref: 'm1' }),
      notify('due', { id: 'plain', message: MESSAGE }),
      notify('sent', { id: 'plain', ref: 'm2' }),
      notify('due', { id: 'bad', message: question }),
      notify('failed', { id: 'bad' }),
      notify('due', { id: 'unknown', tries: 1 }),
    ]
    for (const line of lines) fold.take(line as JsonObject)
    const { edges, sighted, unsent, sentAt, questions } = fold.story()
    expect([...edges]).toEqual([['k', { phase: 'opened', at: { now: 3, step: 7 } }]])
    expect(sighted).toEqual({ wasAlive: true, attempt: 2, wasClosed: false })
    expect([...unsent]).toEqual([['c', [{ id: 'open', key: 'k', message: MESSAGE, since: 5, tries: 2 }]]])
    expect([...sentAt]).toEqual([['c', [5, 5]]])
    expect(questions).toEqual([{ action: 'a1', channel: 'c', ref: 'm1', message: question }])
  })
})

describe('rules of the page', () => {
  test('have a name of at most 60 characters, a cooldown of 15 minutes and no channels', () => {
    expect(readPageRule('x'.repeat(60), { on: 'nan', level: null })).toMatchObject({
      ok: true,
      rule: { id: 'x'.repeat(60), cooldown: { seconds: 900 }, channels: [], level: 'critical' },
    })
    expect(readPageRule(' ', { on: 'nan' })).toEqual({
      ok: false,
      problem: 'the name of a rule must be 1 to 60 characters long and on one line, got " "',
    })
    expect(readPageRule('a', { when: 'mean(x, 512) > 1' })).toMatchObject({ ok: expect.any(Boolean) })
  })

  test('are at most fifty', () => {
    const all = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`r${i}`, { on: 'nan' }]))
    const { rules: used, problems: found } = readPageRules(
      JSON.stringify({ rules: { gone: { deleted: true }, odd: 5, ...all } }),
    )
    expect([used.length, found]).toEqual([50, ['more than 50 rules: the others are not used']])
    expect(readPageRules('{}')).toEqual({ rules: [], problems: [] })
    expect(readPageRules('{"rules": []}').problems).toEqual(['must be an object with `rules`'])
    expect(readPageRules('{"rules": {"a": {"on": "nam"}}}').problems).toEqual([
      'rule "a": `on` cannot be "nam": did you mean `nan`?',
    ])
  })
})
