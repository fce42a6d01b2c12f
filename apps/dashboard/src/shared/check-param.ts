import { type ControlDescription, type Json, show } from '@hotcb/protocol'
import { formatValue } from './describe.ts'

/** Why a control cannot take a value; undefined when it can. The kernel has the last word. */
export function checkParam(control: ControlDescription, value: Json): string | undefined {
  switch (control.type) {
    case 'bool':
      return typeof value === 'boolean' ? undefined : `must be true or false, got ${show(value)}`
    case 'choice':
      return (control.choices ?? []).some((choice) => JSON.stringify(choice) === JSON.stringify(value))
        ? undefined
        : `must be one of ${(control.choices ?? []).map((choice) => formatValue(choice)).join(', ')}`
    case 'tuple':
      return checkTuple(control, value)
    case 'int':
      if (!Number.isSafeInteger(value)) return `must be a whole number, got ${show(value)}`
      return checkBounds(control, Number(value))
    case 'float':
    case 'log_float':
      if (typeof value !== 'number' || !Number.isFinite(value)) return `must be a number, got ${show(value)}`
      return checkBounds(control, value)
    default:
      return control.type satisfies never
  }
}

function checkBounds({ min, max }: ControlDescription, value: number): string | undefined {
  if (min !== null && value < min) return `must be at least ${formatValue(min)}`
  if (max !== null && value > max) return `must be at most ${formatValue(max)}`
  return undefined
}

function checkTuple(control: ControlDescription, value: Json): string | undefined {
  const length = Array.isArray(control.current) ? control.current.length : undefined
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    return `must be ${length ?? 'some'} numbers, got ${show(value)}`
  }
  for (const item of value) {
    if (typeof item !== 'number' || !Number.isFinite(item)) return `must be numbers, got ${show(value)}`
    const issue = checkBounds(control, item)
    if (issue !== undefined) return issue
  }
  return undefined
}
