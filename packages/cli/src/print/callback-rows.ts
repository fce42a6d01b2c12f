import type { CallbackStatus } from '@hotcb/run'
import { alignColumns } from './table.ts'
import type { Terminal } from './terminal.ts'

/** Returns a table of callbacks: state, cost, origin, and the reason if a callback was disabled after an error. */
export function callbackRows(callbacks: readonly CallbackStatus[], terminal: Terminal): readonly string[] {
  const { bold, dim } = terminal
  const head = ['id', 'state', 'calls', 'errors', 'mean ms', 'max ms', 'share', 'from'].map(dim)
  const lines = callbacks.map((one) => [
    bold(one.id),
    stateOf(one, terminal),
    String(one.calls),
    String(one.errors),
    one.meanMs.toFixed(3),
    one.maxMs.toFixed(3),
    one.share === null ? '-' : `${(one.share * 100).toFixed(1)} %`,
    `${originOf(one, terminal)}${one.reason === null ? '' : dim(`  ${one.reason}`)}`,
  ])
  return alignColumns([head, ...lines])
}

function originOf({ loaded, target, params }: CallbackStatus, { dim }: Terminal): string {
  if (!loaded) return dim(`its parameters are kept: ${Object.keys(params).join(', ')}`)
  return target === null ? dim('the trainer') : `${target.path} ${target.symbol}`
}

function stateOf({ loaded, enabled, reason }: CallbackStatus, { green, yellow, red }: Terminal): string {
  if (!loaded) return yellow('not loaded')
  if (enabled) return green('enabled')
  return reason === null ? yellow('disabled') : red('failed')
}
