type Listener = (event: never) => void

/** Counts and calls listeners, as an element or a window does. */
export interface Listeners {
  addEventListener(name: string, listener: Listener): void
  removeEventListener(name: string, listener: Listener): void
  /** Sends an event to every listener of its type; returns the names of the methods that they called on it. */
  fire(name: string, event?: object): readonly string[]
  /** The types that have a listener, sorted. */
  names(): readonly string[]
}

export function createListeners(): Listeners {
  const all = new Set<{ readonly name: string; readonly listener: Listener }>()
  return {
    addEventListener: (name, listener) => void all.add({ name, listener }),
    removeEventListener(name, listener) {
      for (const one of all) if (one.name === name && one.listener === listener) all.delete(one)
    },
    fire(name, event = {}) {
      const called: string[] = []
      const note = (method: string) => (): void => void called.push(method)
      const methods = ['preventDefault', 'stopPropagation', 'stopImmediatePropagation']
      const whole = { type: name, ...Object.fromEntries(methods.map((method) => [method, note(method)])), ...event }
      // The events of these tests have the fields that their listeners read.
      for (const one of [...all]) if (one.name === name) one.listener(whole as never)
      return called
    },
    names: () => [...all].map(({ name }) => name).sort(),
  }
}
