import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { isObject, parseJson, printable } from '@hotcb/protocol'
import { fileClockMs, stateDirectory } from '@hotcb/run/node'
import { livingSign, SweepError, writeSign } from '@hotcb/sweep/node'
import { RENEW_MS } from '../one-monitor.ts'

/** Something of a chat that only one monitor should use at a time. */
export interface ChatUse {
  /** As people read it: `Discord channel 81…`. */
  readonly name: string
  /** What identifies it. It is stored only as a hash: it may be a token. */
  readonly id: string
  /** What happens if two sweeps use it. */
  readonly why: string
  /** What to change. */
  readonly remedy: string
}

/** The channels and apps that this monitor uses, visible to the other monitors of this user. */
export interface ChatUses {
  /** Records a use. @throws SweepError `claimed` while a live monitor of another sweep uses the same chat, unless forced. */
  begin(use: ChatUse): void
  /** Gives a sign of life. */
  renew(): void
  release(): void
}

export interface ChatUsesOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The workspace. */
  readonly root: string
  /** Starts although another sweep uses the same. */
  readonly isForced: boolean
}

/**
 * Uses are signs of life in the state directory of the user: `chats/HASH/WORKSPACE.json`, with the rules of `monitor.json`. A
 * sign of a process that is gone, or of one on another machine that has been silent for a minute, counts as absent.
 */
export function openChatUses({ env, root, isForced }: ChatUsesOptions): ChatUses {
  const own = `${hashOf(`${hostname()}\n${realpathSync(root)}`)}.json`
  const paths: string[] = []
  const write = (path: string): void => writeSign(path, RENEW_MS / 1000, { workspace: root })
  return {
    begin({ name, id, why, remedy }) {
      const dir = join(stateDirectory(env), 'chats', hashOf(id))
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      // Written before it looks: of two that start at the same time, at least one sees the other.
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
          // The sweep comes first: without a sign, only the warning to other monitors is missing.
        }
      }
    },
    release() {
      for (const path of paths.splice(0)) rmSync(path, { force: true })
    },
  }
}

/** Describes a running monitor of another workspace; null for none. */
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
    why: 'both would carry out each command there',
    remedy: 'give this sweep its own channel',
  }
}

/** Commands of an app come over connections that all its monitors share, whatever their channels. */
export function slackUses(channel: string, appToken: string): readonly ChatUse[] {
  return [
    {
      name: `Slack channel ${printable(channel)}`,
      id: `slack channel ${channel}`,
      why: 'both would carry out each command there',
      remedy: 'give this sweep its own channel and app',
    },
    {
      name: 'Slack app of this app token',
      id: `slack app ${appToken}`,
      why: 'Slack gives each command to only one of the two',
      remedy: 'give this sweep its own app',
    },
  ]
}
