import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useRun } from '../../run/run-context.ts'
import './output.css'
import { useOutput } from './use-output.ts'

/** Shows the end of a training run's output. It is updated while the reader is at its end, and otherwise stays unchanged. */
export function OutputPanel(): JSX.Element {
  const { id } = useRun()
  const [isHeld, setIsHeld] = useState(false)
  const { tail, problem } = useOutput(id, isHeld)
  const box = useRef<HTMLElement>(null)
  const text = tail?.text ?? ''
  useEffect(() => {
    const element = box.current
    if (element !== null && !isHeld) element.scrollTop = element.scrollHeight
  }, [text, isHeld])
  const onScroll = (): void => setIsHeld(box.current !== null && !isAtEnd(box.current))
  return (
    <>
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {tail === undefined && problem === '' && <div class="card empty" aria-busy="true" />}
      {tail === null && <p class="muted">The output of this training run is not kept.</p>}
      {tail !== undefined && tail !== null && (
        <>
          <div class="toolbar">
            <span class="muted">{extentText(tail)}</span>
            {isHeld && (
              <button type="button" class="button small" onClick={() => setIsHeld(false)}>
                Follow
              </button>
            )}
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard. */}
          <section ref={box} class="card output" aria-label="Output" tabIndex={0} onScroll={onScroll}>
            {withLineEnds(text)}
          </section>
        </>
      )}
    </>
  )
}

/**
 * Puts each state of a progress bar, which returns to the start of its line, on a separate line, so that none overwrites another.
 */
function withLineEnds(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

function extentText({ size, skipped }: { readonly size: number; readonly skipped: number }): string {
  if (skipped === 0) return `hotcb.out, ${size} bytes`
  return `hotcb.out, the last ${size - skipped} of ${size} bytes`
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < 40
}
