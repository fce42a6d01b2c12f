import { BUILT_IN_TABLE, findRelative, isObject, ok, type Result, refused } from '@hotcb/protocol'

/** The facts that show which kernel controls a run. */
export interface KernelFacts {
  /** Whether the ledger's last line is from another kernel; null if the ledger is empty. */
  readonly lastLineIsForeign: boolean | null
  /** When `hotcb.actuators.json` was written, in epoch milliseconds; null if it does not exist. */
  readonly actuatorsMs: number | null
  /** The same for `hotcb.state.json`, which only our kernel writes. */
  readonly stateMs: number | null
}

/**
 * Whether another kernel, such as hotcb 2's in Python, controls the run. Such a kernel does not answer a `cid` and does
 * not support conditions.
 *
 * True if the ledger's last line has no `cid`. Also true if the control descriptions exist without a state document, or
 * are more than five seconds newer than it.
 */
export function isForeignKernel({ lastLineIsForeign, actuatorsMs, stateMs }: KernelFacts): boolean {
  if (lastLineIsForeign === true) return true
  return actuatorsMs !== null && (stateMs === null || actuatorsMs - stateMs > 5000)
}

/** The relevant parts of a command. */
export interface ForeignCommand {
  readonly module: string
  readonly op: string
  readonly params?: unknown
  readonly target?: unknown
}

/**
 * Translates a command for hotcb 2's kernel, which recognizes a weight only by its own name. Rejects a command that this
 * kernel would misinterpret, or report as applied without applying it.
 *
 * @param controls The keys in `hotcb.actuators.json`.
 */
export function toForeignCommand<Command extends ForeignCommand>(
  command: Command,
  controls: ReadonlySet<string>,
): Result<Command> {
  const reason = whyNot(command)
  if (reason !== undefined) return refused(`this run is trained by hotcb 2 in Python, which ${reason}`)
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
    return isFile ? `can load only Python callbacks, not \`${String(target['path'])}\`` : undefined
  }
  if ((op === 'enable' || op === 'disable') && given['key'] === undefined) {
    return `enables or disables one control at a time: use \`hotcb ${module} ${op} KEY\``
  }
  const relative = findRelative(given)
  if (relative !== null) return `does not support relative values such as \`${relative}\`: use an absolute value`
  const narrowing = ['group', 'groups'].find((word) => Object.hasOwn(given, word))
  return narrowing === undefined ? undefined : `would set every parameter group, regardless of \`${narrowing}\``
}

function whyNotCore(op: string): string {
  const isFreeze = op === 'freeze' || op === 'unfreeze'
  return isFreeze ? 'reads its freeze from `hotcb.freeze.json`' : `does not support \`${op}\``
}

function ownName(key: string, controls: ReadonlySet<string>): string {
  const name = key.replace(/_w$/, '')
  return !controls.has(key) && controls.has(name) ? name : key
}
