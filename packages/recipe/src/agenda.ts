/** An entry to apply at a safe point. */
export interface AgendaEntry<Item> {
  readonly step: number
  /** The index of the `apply` call within the step, from 0; null if `event` determines the place. */
  readonly call: number | null
  /** The event whose safe point it belongs to; null for the first safe point of the step. */
  readonly event: string | null
  /** True if it is due after the events and saves of its call. */
  readonly after?: boolean
  /** True if it is due after the events and saves of the last call of its step. */
  readonly end?: boolean
  readonly item: Item
}

/** An entry that has become due, and whether its own place has passed. */
export interface DueEntry<Item> extends AgendaEntry<Item> {
  readonly late: boolean
}

/**
 * A plan by step. It is used for recipe entries, for the history after a restart, and for commands with `at`. Entries
 * keep their order.
 */
export interface Agenda<Item> {
  readonly size: number
  /** Step of the first entry; Infinity if there is none. A loop checks this first. */
  readonly nextStep: number
  add(due: AgendaEntry<Item>): void
  /** Removes and returns all entries that are due at a safe point, in order. */
  take(step: number, call: number, events: readonly string[]): DueEntry<Item>[]
  /** Whether `takeAfter` would return entries. */
  hasAfter(step: number, call: number): boolean
  /** Removes and returns the entries that are due after the events of a call. */
  takeAfter(step: number, call: number): DueEntry<Item>[]
  /**
   * The state at the end of a call. `due`: there are entries to take. `none`: there are none. `open`: other entries in
   * the step are still waiting and come first.
   */
  endAt(step: number, call: number): 'due' | 'none' | 'open'
  /**
   * Removes and returns the entries that are due at the end of a call. Call `endAt` on all agendas of the loop first.
   */
  takeEnd(step: number, call: number): DueEntry<Item>[]
  /** Removes and returns the entries that satisfy `matches`. */
  remove(matches: (item: Item) => boolean): AgendaEntry<Item>[]
  remaining(): readonly AgendaEntry<Item>[]
}

/**
 * Creates an agenda. Its order is stable: sorted by step, with `end` entries after the rest of their step.
 *
 * An entry is due at the first safe point with (step, call) at or after its own. Without `call` it is due at the first
 * safe point of its step whose events include `event`; if there is none, it is due late, at the first one of the next
 * step. An entry with `end` is due at the end of the first call, at or after its own, at which nothing else in its step
 * is waiting. An entry with `after` is due at the end of its own call.
 */
export function createAgenda<Item>(initial: Iterable<AgendaEntry<Item>> = []): Agenda<Item> {
  let list: AgendaEntry<Item>[] = [...initial].sort(byPlace)
  // Entries before `head` count as removed, because shifting a hundred thousand of them one by one would cost a second.
  let head = 0

  function compact(): void {
    if (head > 1024 && head * 2 > list.length) {
      list = list.slice(head)
      head = 0
    }
  }

  /** Removes and returns the due entries up to a step, and keeps the others at the front. */
  function takeWhere(step: number, isDue: (due: AgendaEntry<Item>) => boolean): DueEntry<Item>[] {
    const taken: DueEntry<Item>[] = []
    const kept: AgendaEntry<Item>[] = []
    let end = head
    for (let due = list[end]; due !== undefined && due.step <= step; due = list[++end]) {
      if (isDue(due)) taken.push({ ...due, late: due.step < step })
      else kept.push(due)
    }
    if (taken.length === 0) return taken
    head = end - kept.length
    for (const [i, due] of kept.entries()) list[head + i] = due
    compact()
    announceNext()
    return taken
  }

  // This value is kept up to date instead of being computed, because a loop reads it several times at every safe point.
  function announceNext(): void {
    agenda.nextStep = list[head]?.step ?? Number.POSITIVE_INFINITY
  }

  const agenda: Agenda<Item> & { nextStep: number } = {
    nextStep: list[0]?.step ?? Number.POSITIVE_INFINITY,
    get size() {
      return list.length - head
    },
    add(due) {
      let at = list.length
      for (let before = list[at - 1]; at > head && before !== undefined; before = list[at - 1]) {
        if (byPlace(before, due) <= 0) break
        at--
      }
      list.splice(at, 0, due)
      announceNext()
    },
    hasAfter(step, call) {
      for (let i = head; i < list.length; i++) {
        const due = list[i]
        if (due === undefined || due.step > step) return false
        if (isAfterDue(due, step, call)) return true
      }
      return false
    },
    takeAfter: (step, call) => takeWhere(step, (due) => isAfterDue(due, step, call)),
    take: (step, call, events) => takeWhere(step, (due) => isDue(due, step, call, events)),
    endAt: (step, call) => endAt(list, head, step, call),
    takeEnd: (step, call) => takeWhere(step, (due) => isEndDue(due, step, call)),
    remove(matches) {
      const removed: AgendaEntry<Item>[] = []
      list = list.slice(head).filter((due) => {
        if (!matches(due.item)) return true
        removed.push(due)
        return false
      })
      head = 0
      announceNext()
      return removed
    },
    remaining: () => list.slice(head),
  }
  return agenda
}

function endAt<Item>(
  list: readonly AgendaEntry<Item>[],
  head: number,
  step: number,
  call: number,
): 'due' | 'none' | 'open' {
  let isFound = false
  for (let i = head; i < list.length; i++) {
    const due = list[i]
    if (due === undefined || due.step > step) break
    if (due.end !== true) return 'open'
    if (isEndDue(due, step, call)) isFound = true
  }
  return isFound ? 'due' : 'none'
}

function isDue<Item>(due: AgendaEntry<Item>, step: number, call: number, events: readonly string[]): boolean {
  if (due.step < step) return true
  if (due.end === true) return false
  if (due.after === true) return due.call !== null && call > due.call
  if (due.call !== null) return call >= due.call
  return due.event === null || events.includes(due.event)
}

function isAfterDue<Item>(due: AgendaEntry<Item>, step: number, call: number): boolean {
  return due.after === true && due.end !== true && due.step === step && call >= (due.call ?? 0)
}

function isEndDue<Item>(due: AgendaEntry<Item>, step: number, call: number): boolean {
  return due.end === true && due.step === step && call >= (due.call ?? 0)
}

function byPlace<Item>(a: AgendaEntry<Item>, b: AgendaEntry<Item>): number {
  return a.step - b.step || Number(a.end === true) - Number(b.end === true)
}
