import { BUILT_IN_TABLE, findRelative, isObject, ok, type Result, refused } from '@hotcb/protocol'

/** What tells whose kernel serves a run. */
export interface KernelFacts {
  /** Whether the ledger's last line is of another kernel; null where it has none. */
  readonly lastLineIsForeign: boolean | null
  /** When `hotcb.actuators.json` was written, in epoch milliseconds; null where it is not there. */
  readonly actuatorsMs: number | null
  /** The same of `hotcb.state.json`, which only our kernel writes. */
  readonly stateMs: number | null
}

/**
 * Whether another kernel, such as hotcb 2's in Python, serves the run: it answers no `cid` and knows no conditions.
 *
 * It is so when the ledger's last line lacks `cid`, or the control descriptions are there without a state document or
 * over five seconds newer than it.
 */
export function isForeignKernel({ lastLineIsForeign, actuatorsMs, stateMs }: KernelFacts): boolean {
  if (lastLineIsForeign === true) return true
  return actuatorsMs !== null && (stateMs === null || actuatorsMs - stateMs > 5000)
}

/** A command as far as it matters here. */
export interface ForeignCommand {
  readonly module: string
  readonly op: string
  readonly params?: unknown
  readonly target?: unknown
}

/**
 * A command in the words of hotcb 2's kernel, which finds a weight by its own name alone; refused where that would take it for
 * something else, or say applied to what it does not do.
 *
 * @param controls Keys of `hotcb.actuators.json`.
 */
export function inForeignWords<Command extends ForeignCommand>(
  command: Command,
  controls: ReadonlySet<string>,
): Result<Command> {
  const reason = whyNot(command)
  if (reason !== undefined) return refused(`the kernel of this run is not ours and ${reason}`)
  const { module, op, params } = command
  if (op !== 'set_params' || BUILT_IN_TABLE.hasHandles(module) || !isObject(params)) return ok(command)
  const named = Object.entries(params).map(([key, value]) => [ownName(key, controls), value])
  return ok({ ...command, params: Object.fromEntries(named) })
}

function whyNot({ module, op, params, target }: ForeignCommand): string | undefined {
  const given = isObject(params) ? params : {}
  if (module === 'core') return whyNotCore(op)
  if (BUILT_IN_TABLE.hasHandles(module)) {
    const isFile = isObject(target) && target['kind'] === 'file'
    return isFile ? `loads Python alone, got \`${String(target['path'])}\`` : undefined
  }
  if ((op === 'enable' || op === 'disable') && given['key'] === undefined) {
    return `switches one control at a time, as \`hotcb ${module} ${op} KEY\` does`
  }
  const relative = findRelative(given)
  if (relative !== null) return `knows no relative values, got \`${relative}\`: give the value itself`
  const narrowing = ['group', 'groups'].find((word) => Object.hasOwn(given, word))
  return narrowing === undefined ? undefined : `would set every parameter group, whatever \`${narrowing}\` says`
}

function whyNotCore(op: string): string {
  const isFreeze = op === 'freeze' || op === 'unfreeze'
  return isFreeze ? 'takes its freeze from `hotcb.freeze.json`' : `knows no \`${op}\``
}

function ownName(key: string, controls: ReadonlySet<string>): string {
  const name = key.replace(/_w$/, '')
  return !controls.has(key) && controls.has(name) ? name : key
}
