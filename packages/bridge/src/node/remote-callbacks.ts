import type { CallbackHost, Caller, HostReports, HotCallback } from '@hotcb/cb'
import { createCallbackModule, plainGuard } from '@hotcb/cb'
import { openFileLoader, type RelativeImport, type SourceLanguage } from '@hotcb/cb/node'
import { type HotModule, isObject, type Json, type JsonObject, messageOf } from '@hotcb/protocol'
import type { CallbackNews, OwnCallback, Request } from '../wire.ts'

/** Callbacks in a trainer that is written in another language. */
export interface RemoteCallbacks {
  /** The kernel module `cb`. */
  readonly module: HotModule
  /** Receives the trainer's report about its running callbacks. */
  take(news: CallbackNews): void
}

/** The trainer's own callbacks, and the function that sends requests to the trainer. */
export interface RemoteCallbackOptions {
  ask(request: Request): Json
  /** Its own callbacks. */
  readonly own: readonly OwnCallback[]
  /** @defaultValue the run directory and the working directory */
  readonly allowedRoots?: readonly string[]
}

/**
 * Creates the module. This process reads, hashes and captures callbacks. The trainer compiles, runs and times them.
 */
export function remoteCallbacks(runDir: string, { ask, own, ...roots }: RemoteCallbackOptions): RemoteCallbacks {
  const host = remoteHost(ask, own)
  const loader = openFileLoader({ runDir, languages: [python(ask, host.expect)], ...roots })
  const ports = { loader, now: () => performance.now(), guard: plainGuard() }
  const callbacks = Object.fromEntries(
    own.map(({ id, methods }, i) => [id, remoteCallback(ownNumber(i), methods, ask)]),
  )
  return { module: createCallbackModule(ports, { dispatch: 'host', host, callbacks }), take: host.take }
}

/** Returns the number that both sides use for the trainer's own callback at this index in its list. */
function ownNumber(index: number): number {
  return -1 - index
}

/** The trainer as the host of its callbacks. */
export interface RemoteHost extends CallbackHost {
  /** Announces an instance that the trainer is about to load. Any other instance is one of the trainer's own. */
  readonly expect: (number: number) => void
  readonly take: RemoteCallbacks['take']
}

/** Creates a host that forwards every call to the trainer. */
export function remoteHost(ask: (request: Request) => Json, own: readonly OwnCallback[]): RemoteHost {
  let reports: HostReports | null = null
  const loaded = new Set<number>()
  const ownNumbers = new Map(own.map(({ id }, i) => [id, ownNumber(i)]))
  // The module numbers the trainer's own callbacks itself.
  const inModule = new Map<number, number>()

  function numberOf({ id, number }: Caller): number {
    const mine = loaded.has(number) ? undefined : ownNumbers.get(id)
    if (mine === undefined) return number
    inModule.set(mine, number)
    return mine
  }

  return {
    connect: (given) => {
      reports = given
    },
    run: (instances) => void ask({ k: 'cb.run', list: instances.map(numberOf) }),
    expect: (number) => void loaded.add(number),
    take({ trips = [], costs = [] }) {
      for (const [number, all] of costs) reports?.costs(inModule.get(number) ?? number, all)
      for (const [number, reason] of trips) reports?.trip(inModule.get(number) ?? number, reason)
    },
  }
}

/** Creates the source language Python. The trainer compiles and creates the callbacks. */
export function python(ask: (request: Request) => Json, expect: (number: number) => void): SourceLanguage {
  return {
    name: 'Python',
    extensions: ['.py'],
    kinds: ['python_file', 'module'],
    read({ path, place, text }) {
      try {
        const imports = importsOf(ask({ k: 'cb.imports', path, place, text }))
        return { ok: true, code: text, imports }
      } catch (error) {
        return { ok: false, reason: messageOf(error) }
      }
    },
    evaluate({ entry, files }, { target, caller }) {
      const sources = [...files.values()].map(({ path, place, code, imports, sha256 }) => ({
        ...{ path, place, code, sha256 },
        imports: Object.fromEntries(imports),
      }))
      expect(caller.number)
      ask({ k: 'cb.load', n: caller.number, id: caller.id, symbol: target.symbol, entry, files: sources })
      return { ok: true, exported: factory(caller.number, ask) }
    },
    evaluateModule({ target, caller }) {
      expect(caller.number)
      ask({ k: 'cb.load', n: caller.number, id: caller.id, symbol: target.symbol, module: target.path })
      return { ok: true, exported: factory(caller.number, ask) }
    },
  }
}

/** Returns a factory that creates the callback in the trainer. The callback that it returns forwards each call. */
function factory(n: number, ask: (request: Request) => Json): (init: JsonObject) => HotCallback {
  return (init) => {
    const made = ask({ k: 'cb.make', n, init })
    return remoteCallback(n, Array.isArray(made) ? made : [], ask)
  }
}

function remoteCallback(n: number, methods: readonly Json[], ask: (request: Request) => Json): HotCallback {
  const call = (method: string, ...args: readonly Json[]): Json => ask({ k: 'cb.call', n, method, args })
  return {
    handle: () => {
      throw new TypeError('the trainer itself calls its callbacks')
    },
    getParams: () => objectOf(call('get_params')),
    ...(methods.includes('set_params') && { setParams: (params: JsonObject) => void call('set_params', params) }),
    ...(methods.includes('flush') && { flush: () => void call('flush') }),
    ...(methods.includes('snapshot') && { snapshot: () => call('snapshot') }),
    ...(methods.includes('restore') && { restore: (snapshot: Json) => void call('restore', snapshot) }),
    close: () => void call('close'),
  }
}

function importsOf(told: Json): readonly RelativeImport[] {
  if (!Array.isArray(told)) return []
  return told.filter(isObject).map(({ specifier, candidates, line, optional }) => ({
    specifier: String(specifier),
    candidates: Array.isArray(candidates) ? candidates.map(String) : [],
    line: () => Number(line),
    isOptional: optional === true,
  }))
}

function objectOf(value: Json): JsonObject {
  return isObject(value) ? value : {}
}
