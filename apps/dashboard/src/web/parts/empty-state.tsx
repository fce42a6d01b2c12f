import type { ComponentChildren, JSX } from 'preact'

/** Fills a place without data with a sentence about what belongs there, and the code or command that provides it. */
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

/** Shows only the code or the command, for a card that has other content too. */
export function FillingLine({ line }: { readonly line: string }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <pre class="filling" tabIndex={0}>
      {line}
    </pre>
  )
}
