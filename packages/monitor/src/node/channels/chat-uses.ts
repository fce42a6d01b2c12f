import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { isObject, parseJson, printable } from '@hotcb/protocol'
import { fileClockMs, stateDirectory } from '@hotcb/run/node'
import { livingSign, SweepError, writeSign } from '@hotcb/sweep/node'
import { RENEW_MS } from '../one-monitor.ts'

/** A chat channel or app that only one monitor should use at a time. */
export interface ChatUse {
  /** The name shown to people, such as `Discord channel 81…`. */
  readonly name: string
  /** The channel or app id. It is stored only as a hash, because it may be a token. */
  readonly id: string
  /** What happens if two sweeps use it. */
  readonly why: string
  /** What the user can do about it. */
  readonly remedy: string
}

/** The channels and apps that this monitor uses. The user's other monitors can see them. */
export interface ChatUses {
  /** Records a use. @throws SweepError `claimed` if another sweep's live monitor uses the same chat, unless forced. */
  begin(use: ChatUse): void
  /** Renews the sign of life. */
  renew(): void
  release(): void
}

export interface ChatUsesOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The workspace. */
  readonly root: string
  /** Whether to start even if another sweep uses the same chat. */
  readonly isForced: boolean
}

/**
 * Opens the list of chats in use. A use is a sign of life in the user's state directory, `chats/HASH/WORKSPACE.json`, with the same rules
 * as `monitor.json`. It is ignored if its process has exited, or if its process is on another machine and has not renewed it for a minute.
 */
export function openChatUses({ env, root, isForced }: ChatUsesOptions): ChatUses {
  const own = `${hashOf(`${hostname()}\n${realpathSync(root)}`)}.json`
  const paths: string[] = []
  const write = (path: string): void => writeSign(path, RENEW_MS / 1000, { workspace: root })
  return {
    begin({ name, id, why, remedy }) {
      const dir = join(stateDirectory(env), 'chats', hashOf(id))
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      // The sign is written before the check: if two monitors start at the same time, at least one of them sees the other.
      write(join(dir, own))
      paths.push(join(dir, own))
      const other = isForced ? null : otherIn(dir, own)
      if (other === null) return
      throw new SweepError(
        'claimed',
        `another sweep uses the ${name}: ${other}; ${why}; ${remedy}, or start with --force-discord`,
      )
    },
    renew() {
      for (const path of paths) {
        try {
          write(path)
        } catch {
          // The error is ignored because the sweep is more important: without a sign of life, other monitors merely get no warning.
        }
      }
    },
    release() {
      for (const path of paths.splice(0)) rmSync(path, { force: true })
    },
  }
}

/** Describes another workspace's running monitor; null if there is none. */
function otherIn(dir: string, own: string): string | null {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    const sign = name === own || !name.endsWith('.json') ? null : livingSign(path, () => fileClockMs(dir) ?? Date.now())
    if (sign !== null) return printable(`process ${sign.pid} on ${sign.host}, workspace ${workspaceIn(path)}`)
  }
  return null
}

function workspaceIn(path: string): string {
  const parsed = parseJson(readDocument(path)?.text ?? '')
  const workspace = parsed.ok && isObject(parsed.value) ? parsed.value['workspace'] : null
  return typeof workspace === 'string' ? `\`${workspace}\`` : 'unknown'
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

export function discordUse(channel: string): ChatUse {
  return {
    name: `Discord channel ${printable(channel)}`,
    id: `discord channel ${channel}`,
    why: 'both would carry out every command there',
    remedy: 'give this sweep its own channel',
  }
}

/**
 * Returns the Slack uses. They include the app, because its commands arrive over connections that all of its monitors share, regardless of
 * their channels.
 */
export function slackUses(channel: string, appToken: string): readonly ChatUse[] {
  return [
    {
      name: `Slack channel ${printable(channel)}`,
      id: `slack channel ${channel}`,
      why: 'both would carry out every command there',
      remedy: 'give this sweep its own channel and app',
    },
    {
      name: 'Slack app with this app token',
      id: `slack app ${appToken}`,
      why: 'Slack delivers each command to only one of the two',
      remedy: 'give this sweep its own app',
    },
  ]
}
