import { messageOf } from '@hotcb/protocol'
import { Secret, type SecretStore } from '@hotcb/run/node'
import { addressProblem } from '../config/read-channel.ts'
import type { ChannelConfig, SecretSource } from '../types.ts'
import type { NotifyChannel } from './channel.ts'
import { chatWebhook } from './channels/chat-webhook.ts'
import { desktopChannel } from './channels/desktop.ts'
import { discordApp } from './channels/discord-app.ts'
import { emailChannel } from './channels/email.ts'
import { slackApp } from './channels/slack-app.ts'
import { telegramChannel } from './channels/telegram.ts'
import { type TerminalPort, terminalChannel } from './channels/terminal.ts'
import { webhookChannel } from './channels/webhook.ts'

/** The channels that were opened, and one line for each that cannot be opened. */
export interface OpenedChannels {
  readonly channels: readonly NotifyChannel[]
  readonly problems: readonly string[]
}

export async function openChannels(
  configs: readonly ChannelConfig[],
  { secrets, terminal }: { readonly secrets: SecretStore; readonly terminal: TerminalPort },
): Promise<OpenedChannels> {
  const channels: NotifyChannel[] = []
  const problems: string[] = []
  for (const config of configs) {
    try {
      channels.push(await openChannel(config, secrets, terminal))
    } catch (error) {
      problems.push(`channel \`${config.name}\`: ${secrets.scrub(messageOf(error))}`)
    }
  }
  return { channels, problems }
}

function openChannel(
  config: ChannelConfig,
  secrets: SecretStore,
  terminal: TerminalPort,
): Promise<NotifyChannel> | NotifyChannel {
  const secret = (source: SecretSource): Secret => {
    const read = secrets.read(source)
    if (!read.ok) throw new Error(read.reason)
    return read.value
  }
  switch (config.kind) {
    case 'telegram':
      return telegramChannel(config, secret(config.token))
    case 'slack': {
      if (config.by === 'webhook') return chatWebhook(config.name, 'slack', address(secret(config.webhook)))
      return slackApp(config, secret(config.token), config.appToken === null ? null : secret(config.appToken))
    }
    case 'discord':
      return config.by === 'webhook'
        ? chatWebhook(config.name, 'discord', address(secret(config.webhook)))
        : discordApp(config, secret(config.token))
    case 'webhook': {
      const url = typeof config.url === 'string' ? new Secret(config.url) : address(secret(config.url))
      return webhookChannel(config, url, secret(config.secret))
    }
    case 'email':
      return emailChannel(config, config.password === null ? null : secret(config.password))
    case 'desktop':
      return desktopChannel(config.name)
    case 'terminal':
      return terminalChannel(config.name, config.bell, terminal)
  }
}

/** Checks that a secret is an address. The error message does not repeat it. */
function address(secret: Secret): Secret {
  const problem = addressProblem(secret.reveal())
  if (problem !== null) throw new Error(`the address in the secret ${problem}`)
  return secret
}
