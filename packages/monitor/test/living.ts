import { expect } from 'vitest'
import type { DiscordStandIn } from '../../notify/test/stand-ins/discord.ts'
import type { SlackStandIn } from '../../notify/test/stand-ins/slack.ts'
import type { TestSweep } from './sweeps.ts'

export const CHANNEL = '800000000000000009'
export const WAIT = { timeout: 300_000 }

/** The fields of `monitor` in a config: Slack, with one operator. */
export function slackConfig({ url }: SlackStandIn): string {
  return `, operators: {slack: [U1], discord: ["1001"]}, slack: {channel: C1, api: "${url}/api/", refresh_seconds: 1}`
}

/** A line of a config: Discord. */
export function discordConfig({ url }: DiscordStandIn): string {
  return `discord: {guild_id: "900000000000000001", channel_id: "${CHANNEL}", api: "${url}/api", dashboard_refresh_seconds: 1}\n`
}

const TOKENS = {
  SLACK_BOT_TOKEN: 'xoxb-secret-token',
  SLACK_APP_TOKEN: 'xapp-secret-token',
  DISCORD_BOT_TOKEN: 'discord-secret-token',
}

export function giveTokens({ env }: TestSweep): void {
  Object.assign(env, TOKENS)
}

/** Calls `act` while a monitor without a model is running and its chats show the status. */
export async function whileLiving(
  one: TestSweep,
  chats: { readonly slack?: SlackStandIn; readonly discord?: DiscordStandIn },
  act: () => Promise<void>,
): Promise<void> {
  giveTokens(one)
  const end = new AbortController()
  const running = one.monitor({ noAgent: true, signal: end.signal })
  const isReady = ({ pins }: SlackStandIn | DiscordStandIn): boolean => pins.length > 0
  const both = [chats.slack, chats.discord].flatMap((chat) => chat ?? [])
  // The status appears after the first tick; a monitor that cannot start ends immediately.
  await Promise.race([expect.poll(() => both.every(isReady), WAIT).toBe(true), running])
  await act().finally(() => end.abort())
  await running
}
