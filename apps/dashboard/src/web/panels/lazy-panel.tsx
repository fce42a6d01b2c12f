import { messageOf } from '@hotcb/protocol'
import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Creates the content of a panel. Its code is loaded when the panel is first shown, so that the page itself stays small. */
export function lazyPanel<Props extends object = object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined
  return function LazyPanel(props: Props): JSX.Element {
    const [Content, setContent] = useState<ComponentType<Props> | undefined>(() => loaded)
    const [problem, setProblem] = useState('')
    const [tries, setTries] = useState(0)
    useEffect(() => {
      if (loaded !== undefined) return
      setProblem('')
      load().then(
        (content) => {
          loaded = content
          setContent(() => content)
        },
        (error: unknown) => setProblem(messageOf(error)),
      )
    }, [tries])
    if (Content !== undefined) return <Content {...props} />
    if (problem === '') return <div class="card empty" aria-busy="true" />
    return (
      <div class="card empty" role="alert">
        <h2>This panel could not be loaded</h2>
        <p>{problem}</p>
        <button type="button" class="button" onClick={() => setTries(tries + 1)}>
          Try again
        </button>
      </div>
    )
  }
}
