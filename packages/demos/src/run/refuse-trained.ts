import { PROTOCOL_VERSION } from '@hotcb/protocol'
import { type Life, reasonOf } from '@hotcb/run'
import { runAt, settleLife } from '@hotcb/run/node'
import { DemoError } from '../errors.ts'

/**
 * Refuses to take a run away from a trainer that is alive.
 *
 * @returns What a person should know before the run goes on; null where there is nothing to tell.
 * @throws {@link DemoError} `bad-run`, saying who trains it and how to end that.
 */
export async function refuseTrained(dir: string, command: string): Promise<string | null> {
  const life = await settleLife(runAt(dir))
  if (life.verdict === 'unknown') {
    return `it is not known whether another process still trains \`${dir}\`: ${reasonOf(life)}; if one does, this one takes over`
  }
  if (life.verdict === 'dead' || isOurs(life)) return null
  throw new DemoError(
    'bad-run',
    `\`${dir}\` is still being trained by ${whoOf(life)}: end that first with \`${command} --dir ${dir} stop\``,
  )
}

// A program that ran a demo before, and did not close it, may go on itself.
function isOurs({ by, state }: Life): boolean {
  return by === 'process' && state?.kernel.pid === process.pid
}

function whoOf({ state, protocol }: Life): string {
  if (state === undefined) return `a kernel of protocol ${protocol ?? PROTOCOL_VERSION}`
  const { pid, host } = state.kernel
  return `process ${pid ?? '?'}${host === null ? '' : ` on ${host}`}`
}
