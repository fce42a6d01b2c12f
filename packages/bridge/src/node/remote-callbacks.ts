import type { CallbackHost, HostReports, HotCallback } from '@hotcb/cb'
import { createCallbackModule, plainGuard } from '@hotcb/cb'
import { openFileLoader, type RelativeImport, type SourceLanguage } from '@hotcb/cb/node'
import { type HotModule, isObject, type Json, type JsonObject, messageOf } from '@hotcb/protocol'
import type { CallbackNews, Request } from '../wire.ts'

/** The callbacks of a trainer in another language. */
export interface RemoteCallbacks {
  /** The kernel module `cb`. */
  readonly module: HotModule
  /** What the trainer tells of its running callbacks. */
  take(news: CallbackNews): void
}

/** Callbacks are read, hashed and captured here; compiled, run and timed by the trainer. */
export function remoteCallbacks(runDir: string, ask: (request: Request) => Json): RemoteCallbacks {
  let reports: HostReports | null = null
  const host: CallbackHost = {
    connect: (given) => {
      reports = given
    },
    run: (instances) => void ask({ k: 'cb.run', list: instances.map(({ number }) => number) }),
  }
  const loader = openFileLoader({ runDir, languages: [python(ask)] })
  const ports = { loader, now: () => performance.now(), guard: plainGuard() }

  return {
    module: createCallbackModule(ports, { dispatch: 'host', host }),
    take({ trips = [], costs = [] }) {
      for (const [number, all] of costs) reports?.costs(number, all)
      for (const [number, reason] of trips) reports?.trip(number, reason)
    },
  }
}

function python(ask: (request: Request) => Json): SourceLanguage {
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
      ask({ k: 'cb.load', n: caller.number, id: caller.id, symbol: target.symbol, entry, files: sources })
      return { ok: true, exported: factory(caller.number, ask) }
    },
    evaluateModule({ target, caller }) {
      ask({ k: 'cb.load', n: caller.number, id: caller.id, symbol: target.symbol, module: target.path })
      return { ok: true, exported: factory(caller.number, ask) }
    },
  }
}

/** Makes the callback in the trainer; what it returns passes each call on. */
function factory(n: number, ask: (request: Request) => Json): (init: JsonObject) => HotCallback {
  const call = (method: string, ...args: readonly Json[]): Json => ask({ k: 'cb.call', n, method, args })
  return (init) => {
    const made = ask({ k: 'cb.make', n, init })
    const methods = Array.isArray(made) ? made : []
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
