import { type Json, type LedgerLine, moduleOfGroup, routeParams } from '@hotcb/protocol'
import { type Draft, type DraftConditions, isRunError, type Sender } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'
import type { WatchedTraining } from './watch-training.ts'

/** When and under which conditions a command is applied, and how long to wait for it. */
export interface SendWith extends DraftConditions {
  /** The reason, which is recorded in the ledger. */
  readonly note?: string
  /** How long to wait for the answer. @defaultValue 30 s; with `at`, until the training ends */
  readonly timeoutMs?: number
}

/** Sends commands to a launched run, and waits for their lines in the ledger. */
export interface Asker {
  send(command: Draft, conditions?: SendWith): Promise<LedgerLine>
  set(values: Readonly<Record<string, Json>>, conditions?: SendWith): Promise<LedgerLine>
}

const WAIT_MS = 30_000
const LOOK_MS = 100

export function createAsker(run: Run, training: WatchedTraining, sender: Sender): Asker {
  async function send(command: Draft, given: SendWith = {}): Promise<LedgerLine> {
    const { timeoutMs, note, ...conditions } = given
    const limitMs = timeoutMs ?? (conditions.at === undefined ? WAIT_MS : Number.POSITIVE_INFINITY)
    const draft = { ...command, id: command.id ?? 'main', ...(note !== undefined && { note }) }
    return answerOf(sent(draft, conditions), limitMs)
  }

  async function answerOf({ cids, from }: ReturnType<Run['send']>, limitMs: number): Promise<LedgerLine> {
    const end = performance.now() + limitMs
    for (;;) {
      const { lines, end: how } = await run.answers(cids, { from, timeoutMs: Math.max(0, end - performance.now()) })
      const [line] = lines
      if (line !== undefined) return line
      if (how === 'timeout') throw noAnswer(`no trainer has answered within ${Math.round(limitMs / 1000)} s`)
      // If the kernel has not opened the directory yet, the training has not ended.
      if (!training.isRunning) throw noAnswer('the training ended before it answered the command')
      await sleep(LOOK_MS)
    }
  }

  function sent(draft: Draft, conditions: DraftConditions): ReturnType<Run['send']> {
    try {
      return run.send([draft], sender, conditions)
    } catch (error) {
      if (!isRunError(error) || (error.code !== 'unfit' && error.code !== 'bad-command')) throw error
      throw new LaunchError('bad-option', error.message, { cause: error })
    }
  }

  return {
    send,
    async set(values, conditions) {
      const controls = await describedControls(run, training)
      const routed = routeParams(values, controls)
      if (!routed.ok) throw new LaunchError('bad-option', routed.reason)
      const [first, ...more] = routed.value
      if (first === undefined) throw new LaunchError('bad-option', '`set` needs at least one control and its value')
      if (more.length > 0) {
        const modules = [...routed.value.keys()].map((one) => `\`${one}\``).join(' and ')
        throw new LaunchError(
          'bad-option',
          `these controls belong to ${modules}: call \`set\` separately for each module`,
        )
      }
      const [module, params] = first
      return send({ module, op: 'set_params', params }, conditions)
    },
  }
}

/** Waits until the kernel of this training run has described its controls, and returns the module of each. */
async function describedControls(run: Run, training: WatchedTraining): Promise<ReadonlyMap<string, string>> {
  for (let left = WAIT_MS; left > 0 && training.isRunning; left -= LOOK_MS) {
    if (run.life().verdict === 'alive') break
    await sleep(LOOK_MS)
  }
  const { controls = [] } = run.document('actuators').value ?? {}
  return new Map(controls.map((control) => [control.param_key, moduleOfGroup(control.group)]))
}

function noAnswer(message: string): LaunchError {
  return new LaunchError('no-answer', message)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
