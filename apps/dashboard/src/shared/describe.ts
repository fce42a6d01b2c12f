import { isObject, type Json } from '@hotcb/protocol'

/** What of a ledger line, a marker or a command is needed to say it in words. */
export interface Describable {
  readonly module: string
  readonly op: string
  readonly id: string
  readonly params?: Json | undefined
  readonly payload?: Json | undefined
  readonly old?: Json | undefined
  readonly reverts?: number | null | undefined
}

/** One change in a few words: `lr 0.001 → 0.0003`, `disable early_stop`, `revert #12: lr → 0.001`. */
export function describeChange(line: Describable): string {
  const words = line.op === 'set_params' ? describeParams(line) : describeOp(line)
  return line.reverts === null || line.reverts === undefined ? words : `revert #${line.reverts}: ${words}`
}

/** A value as shown to people: numbers to four significant digits, never more than `limit` characters. */
export function formatValue(value: unknown, limit = 40): string {
  if (typeof value === 'number') return formatNumber(value)
  if (value === null || value === undefined) return '–'
  if (Array.isArray(value)) return cut(`[${value.map((item) => formatValue(item)).join(', ')}]`, limit)
  return cut(typeof value === 'string' ? value : JSON.stringify(value), limit)
}

/** A number to `digits` significant digits, in exponent form where that is shorter. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e7) return String(value)
  if (size < 1e-3 || size >= 1e7) {
    return value
      .toExponential(digits - 1)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e')
  }
  const text = value.toPrecision(digits)
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : String(Number(text))
}

function describeParams(line: Describable): string {
  const params = pairs(line.payload) ?? pairs(line.params)
  if (params === undefined) return `${line.module} set`
  const old = isObject(line.old) ? line.old : {}
  const scope = line.module === 'cb' || line.module === 'tune' ? `${line.id}: ` : ''
  const parts = Object.entries(params)
    .filter(([key]) => key !== 'group' && key !== 'groups')
    .map(([key, value]) => {
      const before = old[key]
      return before === undefined
        ? `${key} = ${formatValue(value)}`
        : `${key} ${formatValue(before)} → ${formatValue(value)}`
    })
  return cut(scope + (parts.length > 0 ? parts.join(', ') : 'set'), 120)
}

function pairs(value: Json | undefined): Record<string, unknown> | undefined {
  if (!isObject(value)) return undefined
  if ('key' in value && 'value' in value) return { [String(value['key'])]: value['value'] }
  return Object.keys(value).length > 0 ? value : undefined
}

function describeOp({ module, op, id, params }: Describable): string {
  const values = isObject(params) ? params : {}
  const word = op.replaceAll('_', ' ')
  if (module !== 'core') {
    const target = typeof values['key'] === 'string' ? values['key'] : id
    return cut(module === 'cb' ? `${word} ${target}` : `${word} ${module} ${target}`, 120)
  }
  if (op === 'freeze') return `freeze ${formatValue(values['mode'] ?? '')}`.trim()
  if (op === 'checkpoint')
    return `checkpoint ${formatValue(values['action'] ?? 'save')} ${String(values['tag'] ?? '')}`.trim()
  if (op === 'revert') return values['seq'] === undefined ? 'revert' : `revert #${formatValue(values['seq'])}`
  if (op === 'attempt') return `attempt ${formatValue(values['n'] ?? '')}`.trim()
  if (op === 'cancel') return 'cancel a held command'
  return word
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}
