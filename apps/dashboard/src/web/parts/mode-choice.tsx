import type { JSX } from 'preact'

/** Properties of {@link ModeChoice}. */
export interface ModeChoiceProps<Mode extends string> {
  readonly modes: readonly Mode[]
  /** The mode in effect; null if it is unknown. */
  readonly mode: Mode | null
  /** The effect of each mode, as a tooltip. */
  readonly meanings: Readonly<Record<Mode, string>>
  /** Why the mode cannot be changed; undefined if it can. */
  readonly barred: string | undefined
  /** Called when a different mode is chosen. */
  onChoose(mode: Mode): void
}

/** Shows buttons that choose a mode. */
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
