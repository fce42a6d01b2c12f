import { join, resolve } from 'node:path'
import { checkOptions, type HotModule, type ModuleContext, type OptionKeys, runFiles } from '@hotcb/protocol'
import { type CallbackModuleOptions, createCallbackModule, MODULE_KEYS } from '../callback-module.ts'
import type { CallbackLoader, LoadRequest, LoadResult } from '../ports.ts'
import { createNodeGuard } from './guard.ts'
import { javaScript } from './javascript.ts'
import type { SourceLanguage } from './language.ts'
import { openFileLoader } from './loader.ts'
import { warmTransform } from './transform.ts'

/** The options for loading and watching callbacks in a Node process. */
export interface CallbacksOptions extends CallbackModuleOptions {
  /** @defaultValue the kernel's run directory */
  readonly runDir?: string
  /** The folders from which callbacks may be loaded. @defaultValue the run directory and the working directory */
  readonly allowedRoots?: readonly string[]
  /**
   * The languages of callback files; at least one. JavaScript files are loaded only if `javaScript` is in the list. With several
   * languages, the target's extension decides.
   *
   * @defaultValue `[javaScript]`
   */
  readonly languages?: readonly SourceLanguage[]
  /**
   * The time in milliseconds after which a call that has not returned is reported on stderr and in the log; 0 for
   * never. @defaultValue 1000
   */
  readonly slowMs?: number
  /**
   * Whether to warm up the compiler (about 0.15 s) when the kernel opens, instead of at the first load. @defaultValue true
   */
  readonly warm?: boolean
}

/**
 * Opens the kernel module `cb` for Node: `openKernel(runDir, { modules: [openCallbacks()] })`.
 *
 * @throws TypeError for an unknown option, or when it is attached to a kernel without a run directory and `runDir` is not given.
 */
export function openCallbacks(options: CallbacksOptions = {}): HotModule {
  checkOptions('openCallbacks', options, CALLBACKS_KEYS)
  const { runDir: ownRunDir, allowedRoots, languages = [javaScript], slowMs = 1000, warm = true, ...rest } = options
  let runDir: string | undefined
  let loader: CallbackLoader | undefined

  function load(request: LoadRequest): LoadResult {
    if (runDir === undefined) return { ok: false, error: NOWHERE, traceback: null }
    loader ??= openFileLoader({ runDir, languages, ...(allowedRoots !== undefined && { allowedRoots }) })
    return loader.load(request)
  }

  const guard = createNodeGuard({ slowMs, logPath: () => (runDir === undefined ? null : join(runDir, runFiles.log)) })
  const module = createCallbackModule({ loader: { load }, now: () => performance.now(), guard }, rest)

  function attach(context: ModuleContext): void {
    const given = ownRunDir ?? context.runDir
    if (given === undefined)
      throw new TypeError('`runDir` must be given to `callbacks`: this kernel has no run directory')
    runDir = resolve(given)
    if (warm && languages.includes(javaScript)) warmTransform()
    // The callbacks' context contains the directory that is actually used.
    module.attach?.(withRunDir(context, runDir))
  }

  return { ...module, attach }
}

/** The keys of these options, to reject others. */
export const CALLBACKS_KEYS: OptionKeys<CallbacksOptions> = {
  ...MODULE_KEYS,
  runDir: true,
  allowedRoots: true,
  languages: true,
  slowMs: true,
  warm: true,
}

const NOWHERE = '`runDir` must be given to `callbacks`: this kernel has no run directory'

function withRunDir(context: ModuleContext, runDir: string): ModuleContext {
  return {
    channel: context.channel,
    runDir,
    get step() {
      return context.step
    },
    get total() {
      return context.total
    },
    get controls() {
      return context.controls
    },
    get isCatchingUp() {
      return context.isCatchingUp
    },
    get superseded() {
      return context.superseded === true
    },
    submit: (op) => context.submit(op),
    log: (message) => context.log(message),
  }
}
