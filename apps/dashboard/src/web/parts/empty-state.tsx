import type { ComponentChildren, JSX } from 'preact'

/** A place without data: what belongs there, in a sentence, and the line of code or the command that fills it. */
export function EmptyState(props: {
  readonly title: string
  readonly children: ComponentChildren
  readonly line: string
}): JSX.Element {
  const { title, children, line } = props
  return (
    <div class="card empty">
      <h2>{title}</h2>
      <p>{children}</p>
      <FillingLine line={line} />
    </div>
  )
}

/** The line of code or the command alone, for a card that has other parts too. */
export function FillingLine({ line }: { readonly line: string }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <pre class="filling" tabIndex={0}>
      {line}
    </pre>
  )
}
