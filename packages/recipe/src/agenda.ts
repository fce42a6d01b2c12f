/** Something to be done at a safe point. */
export interface Due<Item> {
  readonly step: number
  /** Which `apply` of the step; null: see `event`. */
  readonly call: number | null
  /** The event whose safe point it belongs to; null: the step's first. */
  readonly event: string | null
  readonly item: Item
}

/** What has become due, and whether its own place had passed. */
export interface Taken<Item> extends Due<Item> {
  readonly late: boolean
}

/** A plan by step: recipe entries, history after a restart, commands with `at`. Entries keep their order. */
export interface Agenda<Item> {
  readonly size: number
  /** Step of the first entry; Infinity when there is none. A loop asks this before anything else. */
  readonly nextStep: number
  add(due: Due<Item>): void
  /** Takes out all that is due at a safe point, in order. */
  take(step: number, call: number, events: readonly string[]): Taken<Item>[]
  /** Takes out what `matches`. */
  remove(matches: (item: Item) => boolean): Due<Item>[]
  remaining(): readonly Due<Item>[]
}

/**
 * An agenda, sorted by step alone, stable.
 *
 * An entry is due at the first safe point with (step, call) at or after its own; without `call`, at the first of its step
 * whose events include `event`. If that never comes it is due at the next step's first, late.
 */
export function createAgenda<Item>(initial: Iterable<Due<Item>> = []): Agenda<Item> {
  let list: Due<Item>[] = [...initial].sort((a, b) => a.step - b.step)
  // Entries before `head` are gone: shifting a hundred thousand of them one by one would cost a second.
  let head = 0

  function compact(): void {
    if (head > 1024 && head * 2 > list.length) {
      list = list.slice(head)
      head = 0
    }
  }

  return {
    get size() {
      return list.length - head
    },
    get nextStep() {
      return list[head]?.step ?? Number.POSITIVE_INFINITY
    },
    add(due) {
      let at = list.length
      while (at > head && (list[at - 1]?.step ?? 0) > due.step) at--
      list.splice(at, 0, due)
    },
    take(step, call, events) {
      const taken: Taken<Item>[] = []
      const kept: Due<Item>[] = []
      let end = head
      for (let due = list[end]; due !== undefined && due.step <= step; due = list[++end]) {
        if (isDue(due, step, call, events)) taken.push({ ...due, late: due.step < step })
        else kept.push(due)
      }
      if (taken.length === 0) return taken
      // What was passed over at this step stays in front of what follows.
      head = end - kept.length
      for (const [i, due] of kept.entries()) list[head + i] = due
      compact()
      return taken
    },
    remove(matches) {
      const removed: Due<Item>[] = []
      list = list.slice(head).filter((due) => {
        if (!matches(due.item)) return true
        removed.push(due)
        return false
      })
      head = 0
      return removed
    },
    remaining: () => list.slice(head),
  }
}

function isDue<Item>(due: Due<Item>, step: number, call: number, events: readonly string[]): boolean {
  if (due.step < step) return true
  if (due.call !== null) return call >= due.call
  return due.event === null || events.includes(due.event)
}
