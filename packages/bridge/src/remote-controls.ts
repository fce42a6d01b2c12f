import type { Actuator } from '@hotcb/actuators'
import type { Json } from '@hotcb/protocol'
import type { RemoteControl, Setting } from './wire.ts'

/** How controls communicate with their trainer during a contact. */
export interface ControlsPort {
  get(i: number): Json
  set(setting: Pick<Setting, 'k' | 'i' | 'v'>): void
  /** Returns the current rates of the trainer's schedule. */
  rates(): readonly number[]
}

/** Creates the controls of a trainer in another process. */
export function remoteControls(controls: readonly RemoteControl[], port: ControlsPort): Actuator[] {
  return controls.map((control, i) => remoteControl(control, i, port))
}

function remoteControl(control: RemoteControl, i: number, port: ControlsPort): Actuator {
  const { key, type, min = null, max = null, step = null, choices = null, scheduled = false } = control
  const base = {
    key,
    spec: { type, min, max, step, choices },
    label: control.label ?? key,
    group: control.group,
    unit: control.unit ?? null,
    paramGroups: control.groups ?? [''],
    ...(control.positions !== undefined && { positions: control.positions }),
    aliases: control.aliases ?? [],
    initial: control.initial,
    ...(control.metric !== undefined && { metric: control.metric }),
    set: (v: readonly Json[]) => port.set({ k: 'set', i, v }),
    keepRatios: control.keep ?? false,
    rampable: control.rampable ?? false,
  }
  // If the trainer has its own schedule, a group contains the schedule's rate. The rate in use is in the metric.
  if (scheduled) {
    return { ...base, rates: () => port.rates(), setScale: (v) => port.set({ k: 'scale', i, v }) }
  }
  return { ...base, get: () => valuesOf(port.get(i)) }
}

function valuesOf(answer: Json): readonly Json[] {
  return Array.isArray(answer) ? answer : [answer]
}
