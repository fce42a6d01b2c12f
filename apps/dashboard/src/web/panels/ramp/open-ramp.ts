import { signal } from '@preact/signals'

/** The key of the control whose ramp is planned in the dialog; undefined while it is closed. */
export const shownRamp = signal<string | undefined>(undefined)

/** Opens the dialog that plans a ramp of this control. */
export function openRamp(key: string): void {
  shownRamp.value = key
}
