import { refusal } from '@hotcb/commands'
import { type ControlDescription, type Json, nearest } from '@hotcb/protocol'
import { showValue } from '@hotcb/run'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun, type Run, readControls } from '../../run.ts'
import { readLatestMetrics } from './latest-metrics.ts'

interface Found {
  readonly key: string
  readonly kind: 'control' | 'metric'
  readonly value: Json
  /** For a metric: the step of this value. */
  readonly step?: number
  readonly groups?: ControlDescription['groups']
}

/** `hotcb get KEY`. */
export const getCommand: CliCommand = cliCommand({
  args: {
    key: {
      type: 'positional',
      required: true,
      valueHint: 'KEY',
      description: 'A control or, if no control has this name, a metric.',
      completes: { kind: 'controls' },
    },
  },
  about: [
    'Prints only the value, at full precision, for use in scripts: the current value of a control, or the latest value of a metric. If the parameter groups have different values, it prints the value of the first group; `--json` prints all of them. A metric that was not finite is `null`.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 get lr', does: 'the learning rate' },
    { type: 'hotcb get val_loss --json', does: 'include the step of the value' },
  ],
  run({ key }, { dir, json, terminal }) {
    const found = find(openRun(dir), key)
    if (json) terminal.json(found)
    else terminal.out(showValue(found.value))
    return EXIT.done
  },
})

function find(run: Run, key: string): Found {
  const controls = readControls(run)
  const control = controls.find((one) => one.param_key === key) ?? weightOf(controls, key)
  if (control !== undefined) {
    const { param_key: name, current, groups } = control
    return { key: name, kind: 'control', value: current, ...(groups !== undefined && { groups }) }
  }
  const metrics = readLatestMetrics(run)
  const { step, values = {}, earlier = {} } = metrics ?? {}
  if (step !== undefined && Object.hasOwn(values, key)) return { key, kind: 'metric', value: values[key] ?? null, step }
  const before = Object.hasOwn(earlier, key) ? earlier[key] : undefined
  if (before !== undefined) return { key, kind: 'metric', value: before.value, step: before.step }
  const names = [...controls.map((one) => one.param_key), ...Object.keys(values), ...Object.keys(earlier)]
  throw unknown(key, [...new Set(names)])
}

// `set` also accepts a weight as `NAME_w`.
function weightOf(controls: readonly ControlDescription[], key: string): ControlDescription | undefined {
  return key.endsWith('_w')
    ? controls.find((one) => one.group === 'loss' && one.param_key === key.slice(0, -2))
    : undefined
}

function unknown(key: string, known: readonly string[]): Error {
  const near = nearest(key, new Set(known))
  const details = { kind: 'unknown', facts: { key, near, known } }
  const names = known.slice(0, 12).join(', ') + (known.length > 12 ? ', …' : '')
  if (known.length === 0)
    return refusal(`\`${key}\` has no value: this run has no controls and no metrics yet`, undefined, details)
  if (near.length === 0)
    return refusal(`\`${key}\` is not a control or metric of this run: choose from ${names}`, undefined, details)
  return refusal(
    `\`${key}\` is not a control or metric of this run: did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?`,
    undefined,
    details,
  )
}
