import { messageOf, ok, type Result, refused, type SpreadValue } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, scheduledRates } from './cell.ts'
import type { RatePlace } from './rate.ts'

/**
 * Computes the scales with which a schedule results in the requested rates at this step.
 *
 * One rate for all groups means one scale for all: each group keeps its ratio to group 0 in the schedule at this step.
 * The rates at registration are not used, because they are 0 for all groups if a warm-up begins at 0.
 *
 * @returns One scale for each requested group.
 */
export function scaleFor(
  actuator: Actuator,
  cell: Cell,
  rate: SpreadValue,
  { step, indices }: RatePlace,
): Result<readonly number[]> {
  const scheduled = readSchedule(actuator, step)
  if (!scheduled.ok) return scheduled
  const isForAll = indices === null && typeof rate.recorded === 'number'
  if (isForAll) return scaleAll(actuator, cell, Number(rate.recorded), scheduled.value)
  const scales: number[] = []
  for (const [i, one] of rate.values.entries()) {
    const group = indices?.[i] ?? i
    const scale = scaleOf(Number(one), scheduled.value[group] ?? 0, Number(cell.values[group]))
    if (!scale.ok) return scale
    scales.push(scale.value)
  }
  return ok(scales)
}

function scaleAll(
  actuator: Actuator,
  cell: Cell,
  rate: number,
  scheduled: readonly number[],
): Result<readonly number[]> {
  const { key, spec, paramGroups } = actuator
  const base = scheduled[0] ?? 0
  if (base === 0 && rate === 0) return ok(cell.values.map(Number))
  const scale = scaleOf(rate, base, 0)
  if (!scale.ok) return scale
  const highest = Math.max(spec.max ?? Number.POSITIVE_INFINITY, rate)
  const over = scheduled.findIndex((one, i) => i > 0 && one * scale.value > highest)
  if (over < 0) return ok(scheduled.map(() => scale.value))
  const got = `${(scheduled[over] ?? 0) * scale.value} in group ${paramGroups[over] || over}`
  return refused(`\`${key}\` must be at most ${highest}, got ${got}: its ratio to group 0 comes from the schedule`)
}

// A frozen group keeps its scale if both rates are 0.
function scaleOf(rate: number, scheduled: number, before: number): Result<number> {
  const scale = scheduled === 0 && rate === 0 ? before : rate / scheduled
  if (Number.isFinite(scale) && scale >= 0) return ok(scale)
  return refused(`\`lr\` cannot be set while the schedule sets it to ${scheduled}: set \`scheduler_scale\` instead`)
}

function readSchedule(actuator: Actuator, step: number): Result<readonly number[]> {
  try {
    return ok(scheduledRates(actuator, step))
  } catch (error) {
    return refused(`schedule_exception: ${messageOf(error)}`)
  }
}
