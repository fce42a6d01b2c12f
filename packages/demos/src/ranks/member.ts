import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describeExit } from '@hotcb/protocol'
import { RANK_FILE } from '../rank-file.ts'
import type { FromRank, RankStart, ToRank } from './messages.ts'

/** A rank above 0, from rank 0's point of view. */
export interface Member {
  readonly rank: number
  readonly pid: number | null
  /** Why it is lost; null if it is not. */
  readonly lost: string | null
  /** The number of messages that have not been sent yet. */
  readonly unsent: number
  send(message: ToRank): void
  /** Declares it lost for this reason and kills its process, so that it cannot rejoin. */
  lose(reason: string): void
}

/** Starts the process of a rank. `onMessage` and `onChange` are called for its messages and changes of its state. */
export function startMember(
  start: RankStart,
  onMessage: (member: Member, message: FromRank) => void,
  onChange: () => void,
): Member {
  const { rank, meetDir } = start
  const child = fork(fileURLToPath(RANK_FILE), [meetDir], {
    serialization: 'advanced',
    // A rank must not write to standard output, which may be parsed as JSON.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let lost: string | null = null
  let unsent = 0
  let complaint = ''

  function lose(reason: string): void {
    if (lost !== null) return
    lost = reason
    child.kill('SIGKILL')
    onChange()
  }

  function send(message: ToRank): void {
    if (lost !== null || !child.connected) return
    unsent++
    // An error is detected because the process exits or is silent.
    child.send(message, () => {
      unsent--
      onChange()
    })
  }

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MOST_COMPLAINT)
  })
  child.on('error', (error) => lose(`rank ${rank} could not be started: ${error.message}`))
  child.on('close', (code, signal) => {
    const words = signal === null ? lastError(complaint) : ''
    lose(`rank ${rank} ${describeExit(code, signal)}${words === '' ? '' : `: ${words}`}`)
  })
  // The message was sent by the same code.
  child.on('message', (message) => onMessage(member, message as FromRank))
  send({ kind: 'start', start })
  const member: Member = {
    rank,
    pid: child.pid ?? null,
    get lost() {
      return lost
    },
    get unsent() {
      return unsent
    },
    send,
    lose,
  }
  return member
}

const MOST_COMPLAINT = 4000

function lastError(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? ''
}
