import type { JSX } from 'preact'

/** Properties of {@link ModeChoice}. */
export interface ModeChoiceProps<Mode extends string> {
  readonly modes: readonly Mode[]
  /** The mode in effect; null: unknown. */
  readonly mode: Mode | null
  /** What each mode does, as a tooltip. */
  readonly meanings: Readonly<Record<Mode, string>>
  /** Why the mode cannot be changed. @defaultValue it can */
  readonly barred: string | undefined
  /** Called when another mode is chosen. */
  onChoose(mode: Mode): void
}

/** Buttons to choose a mode with. */
export function ModeChoice<Mode extends string>(props: ModeChoiceProps<Mode>): JSX.Element {
  const { modes, mode, meanings, barred, onChoose } = props
  return (
    <div class="segments" role="group" aria-label="Mode">
      {modes.map((one) => (
        <button
          key={one}
          type="button"
          class="button small"
          aria-pressed={mode === one}
          disabled={barred !== undefined}
          title={barred ?? meanings[one]}
          onClick={() => mode !== one && onChoose(one)}
        >
          {one}
        </button>
      ))}
    </div>
  )
}
