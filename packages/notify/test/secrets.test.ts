import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { openSecretStore } from '@hotcb/run/node'
import { expect, test } from 'vitest'
import { readNotifyConfig } from '../src/index.ts'
import { openNotifyChannels, sendNow } from '../src/node/notifier.ts'
import { temporaryDirectory } from './directory.ts'
import { ended, startProgram, usePrograms } from './program.ts'
import { giveJson, startHttp } from './stand-ins/http-server.ts'
import { report, watch } from './watching.ts'

usePrograms('trainer')

const TOKENS: Readonly<Record<string, string>> = {
  BOT_TOKEN: '4242:AAbot-token-secret',
  HOOK_SECRET: 'hook-signing-secret',
  SLACK_TOKEN: 'xoxb-slack-token-secret',
  DISCORD_TOKEN: 'NzAw.discord.token-secret',
  MAIL_PASSWORD: 'mail-password-secret',
}

/** Every form in which a secret could appear. */
function formsOf(secret: string): readonly string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]
}

test('no secret appears in a log, a ledger, a message or an error, whatever the server answers', async () => {
  const [dir, home] = [temporaryDirectory(), temporaryDirectory()]
  mkdirSync(join(home, 'state'))
  const trainer = await startProgram('trainer', [dir])
  // These servers return everything that they received in their errors.
  const http = await startHttp((request, response) => {
    const all = `${request.path} ${JSON.stringify(request.headers)} ${request.body}`
    const said = `no: ${Object.values(TOKENS).join(' ')} ${all}`
    return giveJson(
      response,
      { ok: false, description: said, error: said, message: said },
      request.path === '/hook' ? 302 : 400,
    )
  })
  const hook = join(dir, 'slack-hook')
  writeFileSync(hook, `${http.url}/services/T000/B000/slack-hook-path-secret`, { mode: 0o600 })
  const yaml = `channels:
  phone: {kind: telegram, token: env:BOT_TOKEN, chat: 1, api: "${http.url}"}
  team: {kind: slack, webhook: "file:${hook}"}
  app: {kind: slack, token: env:SLACK_TOKEN, channel: C1, api: "${http.url}/api"}
  bot: {kind: discord, token: env:DISCORD_TOKEN, channel: "1", api: "${http.url}/api"}
  hook: {kind: webhook, url: "${http.url}/hook", secret: env:HOOK_SECRET}
  mail: {kind: email, host: 127.0.0.1, port: ${http.port}, user: me, password: env:MAIL_PASSWORD, from: a@example.org, to: b@example.org}
  here: {kind: terminal}
rules:
  - {on: gt, metric: loss, value: 1}
operators: {telegram: [1]}
`
  const env = { ...TOKENS, XDG_STATE_HOME: join(home, 'state') }
  const approvals = { approve: async () => Object.values(TOKENS).join(' '), reject: async () => '' }
  const watching = await watch(dir, yaml, { env, approvals })
  await watching.look()
  report(dir, 1, 'loss', 3)
  await watching.lookUntil(() => watching.troubles.filter((text) => text.includes('did not accept')).length >= 4)

  const read = readNotifyConfig(yaml, 'n.yaml')
  if (!read.ok) throw new Error('no')
  const ports = {
    env,
    terminal: { line: () => undefined, bell: () => undefined },
    approvals: null,
    onTrouble: () => undefined,
  }
  const open = await openNotifyChannels(read.config, ports)
  const message = { title: 't', text: 't', level: 'info', run: 'r', step: null, rule: 'test', phase: 'test', metric: null, value: null, action: null } as const // biome-ignore format: one line
  const results = await sendNow(
    open,
    message,
    open.channels.map(({ name }) => name),
  )
  const shown = inspect([open.channels, read.config, open.secrets], { depth: 10 })
  await open.close()
  expect(results.filter(({ ok }) => ok).map(({ channel }) => channel)).toEqual(['here'])
  expect(results.every(({ ok, reason }) => ok || (reason ?? '').length >= 10)).toBe(true)

  // It would replace files while they are read.
  await ended(trainer, 'SIGKILL')
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(dir, name)).isFile() && name !== 'slack-hook',
  )
  const written = files.map((name) => readFileSync(join(dir, name), 'utf8')).join('\n')
  const everything = [written, watching.troubles.join('\n'), JSON.stringify(results), shown].join('\n')
  for (const secret of [...Object.values(TOKENS), 'slack-hook-path-secret'])
    for (const form of formsOf(secret)) expect(everything.includes(form), form).toBe(false)
  // The test searched files that had been written.
  expect(written).toContain('[secret]')
})

test('printing a secret does not reveal it', () => {
  const store = openSecretStore({ TOKEN: 'very-secret' })
  const read = store.read({ from: 'env', name: 'TOKEN' })
  if (!read.ok) throw new Error('no')
  const secret = read.value
  expect([String(secret), JSON.stringify({ secret }), inspect(secret), secret.reveal()]).toEqual([
    '[secret]',
    '{"secret":"[secret]"}',
    'Secret {}',
    'very-secret',
  ])
  expect(store.scrub('GET /bot/very-secret/x')).toBe('GET /bot/[secret]/x')
})
