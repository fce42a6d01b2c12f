import { type Field, type FieldReader, optional } from '@hotcb/sweep'

/** The source of a secret; the secret itself is never in a config. */
export type SecretPlace =
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }

/** A Discord server in which the monitor posts and receives commands. */
export interface DiscordConfig {
  readonly token: SecretPlace
  readonly guild: string
  /** The channel id; null: the channel is found by its name. */
  readonly channel: string | null
  /** The channel name; null: the sweep's name. */
  readonly channelName: string | null
  /** Seconds between two edits of the status message; 0: there is no status message. */
  readonly refreshSeconds: number
  readonly api: string
}

/** A Slack channel in which the monitor posts and receives commands. */
export interface SlackConfig {
  readonly token: SecretPlace
  /** The token for socket mode, which receives commands, button presses and mentions. */
  readonly appToken: SecretPlace
  /** The channel id. */
  readonly channel: string
  readonly refreshSeconds: number
  readonly api: string
}

/** A monitor's chats. */
export interface ChatConfig {
  /** The ids of the people who may send commands and approve. */
  readonly operators: { readonly discord: readonly string[]; readonly slack: readonly string[] }
  readonly discord: DiscordConfig | null
  readonly slack: SlackConfig | null
}

/** Reads `env:NAME` or `file:PATH`. */
export function secretPlace(reader: FieldReader, field: Field | undefined): SecretPlace | undefined {
  const text = reader.filledText(field)
  if (field === undefined || text === undefined) return undefined
  const [, from, where = ''] = /^(env|file):(.+)$/.exec(text) ?? []
  if (from === 'env') return { from, name: where }
  if (from === 'file') return { from, path: where }
  // The value may be the secret itself, so the message does not repeat it.
  return reader.tell(field.node.place, field.path, 'does not name a source for the secret; use env:NAME or file:PATH')
}

/** Reads HyperHerd's `discord`; without a server or a channel, it counts as absent. */
export function readDiscord(reader: FieldReader, field: Field | undefined): DiscordConfig | null {
  const known = ['guild_id', 'channel_id', 'channel_name', 'dashboard_refresh_seconds', 'token', 'api']
  const fields = field === undefined ? undefined : reader.fields(field, known)
  if (field === undefined || fields === undefined) return null
  const guild = reader.text(optional(fields, 'guild_id'))
  if (guild === undefined) return null
  return {
    token: secretPlace(reader, optional(fields, 'token')) ?? { from: 'env', name: 'DISCORD_BOT_TOKEN' },
    guild,
    channel: reader.text(optional(fields, 'channel_id')) ?? null,
    channelName: reader.text(optional(fields, 'channel_name')) ?? null,
    refreshSeconds: reader.number(optional(fields, 'dashboard_refresh_seconds'), { least: 0 }) ?? 60,
    api: address(reader, optional(fields, 'api')) ?? 'https://discord.com/api',
  }
}

/** Reads `monitor.slack`. */
export function readSlack(reader: FieldReader, field: Field | undefined): SlackConfig | null {
  const known = ['token', 'app_token', 'channel', 'refresh_seconds', 'api']
  const fields = field === undefined ? undefined : reader.fields(field, known)
  if (field === undefined || fields === undefined) return null
  const channel = reader.text(optional(fields, 'channel'))
  if (channel === undefined || !/^[CDG][A-Z0-9]+$/.test(channel)) {
    reader.tell(field.node.place, `${field.path}.channel`, 'must be a channel id, such as C024BE91L')
    return null
  }
  return {
    token: secretPlace(reader, optional(fields, 'token')) ?? { from: 'env', name: 'SLACK_BOT_TOKEN' },
    appToken: secretPlace(reader, optional(fields, 'app_token')) ?? { from: 'env', name: 'SLACK_APP_TOKEN' },
    channel,
    refreshSeconds: reader.number(optional(fields, 'refresh_seconds'), { least: 0 }) ?? 60,
    api: address(reader, optional(fields, 'api')) ?? 'https://slack.com/api/',
  }
}

/** Reads an address. It must use encryption, because a token must not be sent over the network in plain text. */
function address(reader: FieldReader, field: Field | undefined): string | undefined {
  const text = reader.filledText(field)
  if (field === undefined || text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : null
  const isHere = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isHere))) return text
  return reader.tell(field.node.place, field.path, 'must begin with https://; http:// is allowed only for this machine')
}
