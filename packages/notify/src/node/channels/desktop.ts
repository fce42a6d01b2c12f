import { spawn } from 'node:child_process'
import { describeExit, printable } from '@hotcb/protocol'
import type { SendResult } from '../../queue/lane.ts'
import { escapeBody } from '../../text/escape.ts'
import { bodyOf } from '../../text/lines.ts'
import type { NotifyChannel } from '../channel.ts'

// Text is passed as arguments, never as part of the script.
const MAC_SCRIPT = 'on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run'

/** Creates a channel for desktop notifications, which the system's own program shows. */
export function desktopChannel(name: string, platform: NodeJS.Platform = process.platform): NotifyChannel {
  return {
    name,
    kind: 'desktop',
    target: 'this desktop',
    chat: null,
    async send({ message }, signal) {
      const [title, body] = [printable(message.title), bodyOf(message, false)]
      if (platform === 'darwin') return run('osascript', ['-e', MAC_SCRIPT, title, printable(body)], signal)
      if (platform === 'win32')
        return { ok: false, reason: 'desktop notifications only work on Linux and macOS', retry: false }
      const urgency = message.level === 'critical' ? 'critical' : 'normal'
      return run('notify-send', ['--app-name=hotcb', `--urgency=${urgency}`, '--', title, escapeBody(body)], signal)
    },
    close: async () => undefined,
  }
}

function run(program: string, args: readonly string[], signal: AbortSignal): Promise<SendResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', signal })
    child.once('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT'
      const reason = isMissing
        ? `the program \`${program}\` was not found: install it`
        : `\`${program}\` did not respond in time`
      resolve({ ok: false, reason, retry: !isMissing })
    })
    child.once('exit', (code, signal) => {
      if (code === 0) resolve({ ok: true })
      else resolve({ ok: false, reason: `\`${program}\` ${describeExit(code, signal)}`, retry: true })
    })
  })
}
