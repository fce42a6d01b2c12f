import type { ArgDescriptor, ModuleDescriptor, OpDescriptor } from './descriptor.ts'

const callback: ArgDescriptor = {
  name: 'id',
  hint: 'ID',
  help: 'The callback.',
  kind: 'text',
  into: 'id',
  completes: 'handles',
}

/** Callbacks that are loaded into a running training. */
export const CB_DESCRIPTOR: ModuleDescriptor = {
  name: 'cb',
  summary: 'Callbacks: load code into the training, swap it, switch it, look at what it costs.',
  yaml: 'handles',
  yamlKey: 'callbacks',
  ops: [
    {
      op: 'load',
      summary: 'Load a callback from a file or a package; load it again to swap its code.',
      about: [
        'The trainer reads the file once, with its relative imports, keeps these very bytes in `hotcb.sources`, and runs them; the ledger has their hash. Loading an id that is loaded already swaps the code; parameters that were set stay set.',
        'A relative path is looked for here, then in the run directory. The trainer loads only from folders that it allows: the run directory and its working directory, where it does not say otherwise.',
      ],
      examples: [
        {
          type: 'hotcb --dir runs/exp-001 cb load feat_viz --file ./feat_viz.ts --symbol FeatureViz --init every=50 layer=conv3',
          does: 'from a file',
        },
        {
          type: 'hotcb --dir runs/exp-001 cb load beat --path @hotcb/cb/callbacks --symbol heartbeat',
          does: 'one that comes with hotcb',
        },
      ],
      args: [
        { ...callback, help: 'The name by which it is commanded from here on.' },
        {
          name: 'pair',
          hint: 'KEY=VALUE',
          help: 'More of `--init`.',
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
          help: '`--no-enabled` loads it and does not let it run yet.',
          kind: 'switch',
          into: 'enabled',
        },
        {
          name: 'init',
          hint: 'KEY=VALUE…',
          help: 'What it is made with. Several may follow: `--init every=50 layer=conv3`.',
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
    switched('enable', 'disable', 'Let a callback run.', 'let it run', [
      'One that was disabled because it failed or took too long gets another chance.',
    ]),
    switched('disable', 'enable', 'Stop a callback; it stays loaded.', 'stop it', [
      'It stays loaded, with all that it holds; `cb unload` closes it.',
    ]),
    {
      op: 'unload',
      summary: 'Close a callback and forget it.',
      about: [
        'It is closed, and its parameters are forgotten. The ledger keeps what it cost; `hotcb revert` loads the same bytes again.',
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
      summary: 'Set parameters of a callback.',
      about: ['For a callback that is not loaded, they are kept until it is.'],
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
