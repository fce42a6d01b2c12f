/** Any function of `node:fs`. */
type Call = (...given: readonly unknown[]) => unknown

/** The names of the functions that were called, in order. */
export const calls: string[] = []
const changed = new Map<string, (real: Call) => Call>()

/** Makes a function of the file system behave differently until `restore`; `real` is the original. */
export function replace(name: string, make: (real: Call) => Call): void {
  changed.set(name, make)
}

/** Makes a function of the file system fail until `restore`. */
export function failing(name: string, errno: string): void {
  replace(name, () => () => {
    throw systemError(errno)
  })
}

/** An error as a system call throws it. */
export function systemError(errno: string): Error {
  return Object.assign(new Error(`${errno}: printed by the system`), { code: errno })
}

export function restore(): void {
  changed.clear()
  calls.length = 0
}

/** The number of calls of a function since `restore` or the last `calls.length = 0`. */
export function callsOf(name: string): number {
  return calls.filter((call) => call === name).length
}

/** A module of the file system whose calls are recorded and can be replaced: for `vi.mock`. */
export function observed<Module extends object>(real: Module): Module {
  const members = Object.entries(real).map(([name, value]) => [
    name,
    isCall(name, value) ? wrapped(name, value) : value,
  ])
  return Object.fromEntries(members)
}

function isCall(name: string, value: unknown): value is Call {
  return typeof value === 'function' && /^[a-z]/.test(name)
}

function wrapped(name: string, real: Call): Call {
  const call = (...given: readonly unknown[]): unknown => {
    calls.push(name)
    const make = changed.get(name)
    return make === undefined ? real(...given) : make(real)(...given)
  }
  // `realpathSync.native` and the like.
  return Object.assign(call, real)
}
