import type { ArgDescriptor, ModuleDescriptor, OpDescriptor } from './descriptor.ts'

const callback: ArgDescriptor = {
  name: 'id',
  hint: 'ID',
  help: 'The callback.',
  kind: 'text',
  into: 'id',
  completes: 'handles',
}

/** Callbacks that are loaded into a training run while it is running. */
export const CB_DESCRIPTOR: ModuleDescriptor = {
  name: 'cb',
  summary: 'Callbacks: load code into a training run, replace it, enable or disable it, and see what it costs.',
  yaml: 'handles',
  yamlKey: 'callbacks',
  ops: [
    {
      op: 'load',
      summary: 'Load a callback from a file or a package; load it again to replace its code.',
      about: [
        'The trainer reads the file once, with its relative imports, keeps exactly these bytes in `hotcb.sources`, and runs them; the ledger records their hash. Loading an id that is already loaded replaces the code; parameters that were set stay set.',
        'A relative path is looked up here, then in the run directory. The trainer loads only from folders that it allows, by default the run directory and its working directory.',
      ],
      examples: [
        {
          type: 'hotcb --dir runs/exp-001 cb load feat_viz --file ./feat_viz.ts --symbol FeatureViz --init every=50 layer=conv3',
          does: 'from a file',
        },
        {
          type: 'hotcb --dir runs/exp-001 cb load beat --path @hotcb/cb/callbacks --symbol heartbeat',
          does: 'a callback that comes with hotcb',
        },
      ],
      args: [
        { ...callback, help: 'Its name in later commands.' },
        {
          name: 'pair',
          hint: 'KEY=VALUE',
          help: 'More pairs for `--init`.',
          kind: 'pairs',
          into: 'init',
          optional: true,
        },
      ],
      flags: [
        {
          name: 'file',
          hint: 'FILE',
          help: 'A JavaScript or TypeScript file.',
          kind: 'text',
          into: 'target.path',
          also: { 'target.kind': 'file' },
          alsoByEnding: { '.py': { 'target.kind': 'python_file' }, '.pyc': { 'target.kind': 'python_file' } },
          oneOf: 'target',
          completes: 'files',
        },
        {
          name: 'path',
          hint: 'PACKAGE',
          help: 'A package, such as `@hotcb/cb/callbacks`.',
          kind: 'text',
          into: 'target.path',
          also: { 'target.kind': 'module' },
          oneOf: 'target',
        },
        {
          name: 'symbol',
          hint: 'NAME',
          help: 'The class or factory that it exports. Default: its default export.',
          kind: 'text',
          into: 'target.symbol',
          default: 'default',
        },
        {
          name: 'enabled',
          help: '`--no-enabled` loads it without running it yet.',
          kind: 'switch',
          into: 'enabled',
        },
        {
          name: 'init',
          hint: 'KEY=VALUE…',
          help: 'Arguments for its constructor. Several may follow: `--init every=50 layer=conv3`.',
          kind: 'pairs',
          into: 'init',
        },
      ],
      required: ['target'],
      inverse: { withoutOld: 'unload', old: 'fields' },
      replaces: ['load', 'enable', 'disable'],
      payload: 'fields',
      text: 'load {id}',
    },
    switched('enable', 'disable', 'Enable a callback.', 'run it again', [
      'A callback that was disabled because it failed or took too long runs again.',
    ]),
    switched('disable', 'enable', 'Disable a callback; it stays loaded.', 'stop it', [
      'It stays loaded and keeps its state; `cb unload` closes it.',
    ]),
    {
      op: 'unload',
      summary: 'Close a callback and remove it.',
      about: [
        'It is closed, and its parameters are forgotten. The ledger records its cost; `hotcb revert` loads the same bytes again.',
      ],
      examples: [{ type: 'hotcb --dir runs/exp-001 cb unload feat_viz', does: 'close it' }],
      args: [callback],
      inverse: { op: 'load', old: 'fields' },
      replaces: ['load', 'enable', 'disable', 'set_params', 'unload'],
      payload: 'fields',
      text: 'unload {id}',
    },
    {
      op: 'set_params',
      aliases: ['set-params', 'set'],
      summary: 'Set the parameters of a callback.',
      about: ['Parameters for a callback that is not loaded are kept until it is loaded.'],
      examples: [{ type: 'hotcb --dir runs/exp-001 cb set_params timing every=100', does: 'every hundred steps' }],
      args: [
        callback,
        {
          name: 'pair',
          hint: 'KEY=VALUE',
          help: 'A parameter and its new value: a number, `true`, `false`, text, or JSON.',
          kind: 'pairs',
          into: 'params',
        },
      ],
      params: { type: 'object', minProperties: 1 },
      inverse: {},
      text: '{id}: {changes}',
    },
  ],
}

function switched(
  op: 'enable' | 'disable',
  inverse: string,
  summary: string,
  does: string,
  about: readonly string[],
): OpDescriptor {
  return {
    op,
    summary,
    about,
    examples: [{ type: `hotcb --dir runs/exp-001 cb ${op} feat_viz`, does }],
    args: [callback],
    inverse: { op: inverse, withoutOld: inverse },
    replaces: ['enable', 'disable'],
    payload: 'fields',
    text: `${op} {id}`,
  }
}
