import { signal } from '@preact/signals'

/** The key of the control for which the dialog plans a ramp; undefined while the dialog is closed. */
export const shownRamp = signal<string | undefined>(undefined)

/** Opens the dialog to plan a ramp for this control. */
export function openRamp(key: string): void {
  shownRamp.value = key
}
