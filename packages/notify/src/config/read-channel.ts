import { show } from '@hotcb/protocol'
import { CHANNEL_KINDS, type ChannelConfig, type ChannelKind, type SecretSource } from '../types.ts'
import type { ConfigFields } from './fields.ts'

const FIELDS: Readonly<Record<ChannelKind, readonly string[]>> = {
  telegram: ['token', 'chat', 'api'],
  slack: ['webhook', 'token', 'app_token', 'channel', 'api'],
  discord: ['webhook', 'token', 'channel', 'api'],
  webhook: ['url', 'secret'],
  email: ['host', 'port', 'secure', 'user', 'password', 'from', 'to'],
  desktop: [],
  terminal: ['bell'],
}

/** Reads one channel; undefined if its kind is unknown. */
export function readChannel(name: string, fields: ConfigFields): ChannelConfig | undefined {
  const kind = fields.oneOf('kind', CHANNEL_KINDS)
  if (kind === undefined) return undefined
  fields.allow(['kind', ...FIELDS[kind]])
  return READERS[kind](name, fields)
}

const READERS: Readonly<Record<ChannelKind, (name: string, fields: ConfigFields) => ChannelConfig>> = {
  telegram: (name, fields) => ({
    name,
    kind: 'telegram',
    token: fields.secret('token'),
    chat: fields.id('chat'),
    api: address(fields, 'api', 'https://api.telegram.org'),
  }),
  slack: (name, fields) =>
    isWebhook(fields)
      ? { name, kind: 'slack', by: 'webhook', webhook: fields.secret('webhook') }
      : {
          name,
          kind: 'slack',
          by: 'app',
          token: fields.secret('token'),
          appToken: fields.has('app_token') ? fields.secret('app_token') : null,
          channel: slackChannel(fields),
          api: address(fields, 'api', 'https://slack.com/api/'),
        },
  discord: (name, fields) =>
    isWebhook(fields)
      ? { name, kind: 'discord', by: 'webhook', webhook: fields.secret('webhook') }
      : {
          name,
          kind: 'discord',
          by: 'app',
          token: fields.secret('token'),
          channel: fields.id('channel'),
          api: address(fields, 'api', 'https://discord.com/api'),
        },
  webhook: (name, fields) => ({ name, kind: 'webhook', url: urlOf(fields), secret: fields.secret('secret') }),
  email: (name, fields) => {
    const port = fields.number('port', 587, 1) ?? 587
    const to = fields.texts('to')
    if (to.length === 0) fields.refuse('to', 'an email channel needs `to`: one address or a list of them')
    const user = fields.has('user') ? fields.text('user') : null
    const password = fields.has('password') ? fields.secret('password') : null
    if ((user === null) !== (password === null)) fields.refuse(null, '`user` and `password` must be given together')
    const secure = fields.flag('secure', port === 465)
    const [host, from] = [fields.text('host'), fields.text('from')]
    return { name, kind: 'email', host, port, secure, user, password, from, to }
  },
  desktop: (name) => ({ name, kind: 'desktop' }),
  terminal: (name, fields) => ({ name, kind: 'terminal', bell: fields.flag('bell', true) }),
}

/** Whether a chat is reached only through a webhook, rather than an app that can also receive answers. */
function isWebhook(fields: ConfigFields): boolean {
  if (!fields.has('webhook')) return false
  for (const key of ['token', 'app_token', 'channel', 'api']) {
    if (fields.has(key))
      fields.refuse(key, `\`webhook\` and \`${key}\` cannot be combined: a webhook needs nothing else`)
  }
  return true
}

/** Answers contain the channel's ID, so its name would not be enough. */
function slackChannel(fields: ConfigFields): string {
  const channel = fields.id('channel')
  if (channel !== '' && !/^[CDG][A-Z0-9]+$/.test(channel))
    fields.refuse('channel', `\`channel\` must be a channel ID, such as \`C024BE91L\`, got ${show(channel)}`)
  return channel
}

function urlOf(fields: ConfigFields): SecretSource | string {
  const value = fields.raw('url')
  if (typeof value === 'string' && /^(env|file):/.test(value)) return fields.secret('url')
  return address(fields, 'url')
}

function address(fields: ConfigFields, key: string, absent?: string): string {
  const text = fields.text(key, absent)
  const problem = text === '' ? null : addressProblem(text)
  if (problem !== null) fields.refuse(key, `\`${key}\` ${problem}`)
  return text
}

/**
 * Returns why messages cannot be sent to an address, as the end of a sentence about it; null if they can. The address is not repeated.
 */
export function addressProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'must be an address such as `https://example.org/hook`'
  const { protocol, hostname, username } = new URL(text)
  if (username !== '') return 'must not contain a user name or password'
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return null
  return 'must begin with `https://`; `http://` is only allowed for this machine'
}

/** Whether a host is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(?:\.\d+){3}$/.test(hostname)
}
