import type { Json } from '@hotcb/protocol'
import { readControls } from './controls.ts'
import { refusal } from './errors.ts'
import type { Run } from './run.ts'
import type { Asked } from './send.ts'

/**
 * What is asked of another kernel, in the words that hotcb 2's knows: it finds a weight by its own name alone, and would
 * say applied to much that it does not do.
 *
 * @throws `CliError` for what it cannot do.
 */
export function inForeignWords(asked: readonly Asked[], run: Run): readonly Asked[] {
  const controls = new Set(readControls(run).map((control) => control.param_key))
  return asked.map((one) => {
    const reason = whyNot(one)
    if (reason !== undefined) throw refusal(`the kernel of this run is not ours and ${reason}: nothing is written`)
    if (one.op !== 'set_params' || one.module === 'cb' || one.params === undefined) return one
    const params = Object.entries(one.params).map(([key, value]): [string, Json] => [ownName(key, controls), value])
    return { ...one, params: Object.fromEntries(params) }
  })
}

function whyNot({ module, op, params = {}, target }: Asked): string | undefined {
  if (module === 'core') return `knows no \`${op}\``
  if (module === 'cb') {
    return target?.kind === 'file' ? `loads Python alone, got \`${target.path}\`` : undefined
  }
  if ((op === 'enable' || op === 'disable') && params['key'] === undefined) {
    return `switches one control at a time, as \`hotcb ${module} ${op} KEY\` does`
  }
  const narrowing = ['group', 'groups'].find((word) => Object.hasOwn(params, word))
  return narrowing === undefined ? undefined : `would set every parameter group, whatever \`${narrowing}\` says`
}

function ownName(key: string, controls: ReadonlySet<string>): string {
  const name = key.replace(/_w$/, '')
  return !controls.has(key) && controls.has(name) ? name : key
}
