import { type ComponentChild, createElement, type FunctionComponent, render } from 'preact'
import { act } from 'preact/test-utils'
import { vi } from 'vitest'
import { RunContext } from '../../src/web/run/run-context.ts'
import type { RunStore } from '../../src/web/run/run-store.ts'

/** A component that uses a hook and draws nothing. */
export interface OpenHook<Props, Result> {
  /** What the hook returned last. */
  result(): Result
  /** How often the component was rendered. */
  renders(): number
  /** Renders the component again with other arguments. */
  change(props: Props): Promise<void>
  /** Lets time pass. Needs fake timers. */
  pass(ms: number): Promise<void>
  /** Runs something that changes the state of the component. */
  act(what: () => unknown): Promise<void>
  /** Removes the component. */
  close(): void
}

/** Uses a hook as a page does: Preact renders a component and runs its effects. It needs no document, because it draws nothing. */
export async function openHook<Props, Result>(
  hook: (props: Props) => Result,
  props: NoInfer<Props>,
  around: (child: ComponentChild) => ComponentChild = (child) => child,
): Promise<OpenHook<Props, Result>> {
  const results: Result[] = []
  const Probe: FunctionComponent<{ readonly props: Props }> = ({ props: own }) => {
    results.push(hook(own))
    return null
  }
  // Preact reads only these fields of an element without children.
  const root = { nodeType: 1, childNodes: [], firstChild: null } as unknown as HTMLElement
  const change = (next: Props): Promise<void> => act(() => render(around(createElement(Probe, { props: next })), root))
  await change(props)
  return {
    change,
    result() {
      const last = results.at(-1)
      if (results.length === 0) throw new Error('the component was not rendered')
      // It is the result of the hook, even if that is undefined.
      return last as Result
    },
    renders: () => results.length,
    pass: (ms) => act(async () => void (await vi.advanceTimersByTimeAsync(ms))),
    act: (what) => act(async () => void (await what())),
    close: () => void act(() => render(null, root)),
  }
}

/** Puts a component on the page of a run. */
export function onRunPage(store: object): (child: ComponentChild) => ComponentChild {
  // A component reads few of its parts.
  return (child) => createElement(RunContext.Provider, { value: store as RunStore }, child)
}
