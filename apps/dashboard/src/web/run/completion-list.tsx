import type { LineCompletion } from '@hotcb/commands'
import type { JSX } from 'preact'

/** A line's possible continuations, shown below it. */
export function CompletionList(props: {
  readonly completions: readonly LineCompletion[]
  readonly chosen: number
  readonly onPick: (line: string) => void
}): JSX.Element {
  const { completions, chosen, onPick } = props
  return (
    // In browsers, the Tab key also stops at scrollable elements. This list disappears when the field loses focus, so the focus would
    // be lost.
    <div class="list" id="completions" role="listbox" aria-label="Completions" tabIndex={-1}>
      {completions.map(({ word, means, line }, i) => (
        <div
          key={word}
          id={`completion-${i}`}
          role="option"
          tabIndex={-1}
          aria-selected={i === chosen}
          onMouseDown={(event) => {
            event.preventDefault()
            onPick(line)
          }}
        >
          <span class="mono">{word}</span>
          <span class="muted cut">{means}</span>
        </div>
      ))}
    </div>
  )
}
