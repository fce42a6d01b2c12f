// Recipes and overlays that must be refused in one line by every reader.

/** A valid entry. */
export const GOOD = '{"at":{"step":1},"module":"opt","op":"set_params","params":{"lr":0.1}}'

/** The recipe for {@link MISFIT_OVERLAYS}. */
export const MISFIT_RECIPE =
  '{"at":{"step":3},"module":"x","op":"set_params","params":{"name":"fast","on":true,"lr":1e10}}\n'

/** Lines that are not recipe entries, each used as the third line of `r.jsonl`, and their errors. */
export const MALFORMED_LINES: readonly (readonly [line: string, reason: string | RegExp])[] = [
  ['set lr=1', /^r\.jsonl:3: expected one JSON object per line: \S[^\n]*$/],
  ['[]', 'r.jsonl:3: a recipe entry must be an object, got []'],
  ['7', 'r.jsonl:3: a recipe entry must be an object, got 7'],
  ['null', 'r.jsonl:3: a recipe entry must be an object, got null'],
  ['"text"', 'r.jsonl:3: a recipe entry must be an object, got "text"'],
  ['{"at":{"step":1}', /^r\.jsonl:3: expected one JSON object per line: \S[^\n]*$/],
  [
    '{"at":{"step":1},"module":"opt","op":"set_params","params":{"lr":0.1}}}',
    /^r\.jsonl:3: expected one JSON object per line: \S[^\n]*$/,
  ],
  ['{}', 'r.jsonl:3: `at` is missing: expected an object'],
  ['{"module":"opt","op":"set_params"}', 'r.jsonl:3: `at` is missing: expected an object'],
  ['{"at":null,"module":"opt","op":"set_params"}', 'r.jsonl:3: `at` must be an object, got null'],
  ['{"at":5,"module":"opt","op":"set_params"}', 'r.jsonl:3: `at` must be an object, got 5'],
  ['{"at":[5],"module":"opt","op":"set_params"}', 'r.jsonl:3: `at` must be an object, got [5]'],
  [
    '{"at":{},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.step` is missing: expected a whole number, 0 or above',
  ],
  [
    '{"at":{"step":null},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.step` must be a whole number, 0 or above, got null',
  ],
  [
    '{"at":{"step":"5"},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.step` must be a whole number, 0 or above, got "5"',
  ],
  [
    '{"at":{"step":1.5},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.step` must be a whole number, 0 or above, got 1.5',
  ],
  [
    '{"at":{"step":-1},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.step` must be a whole number, 0 or above, got -1',
  ],
  [
    '{"at":{"step":NaN},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.step` must be a whole number, 0 or above, got NaN',
  ],
  [
    '{"at":{"step":Infinity},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.step` must be a whole number, 0 or above, got Infinity',
  ],
  ['{"at":{"step":1,"event":3},"module":"opt","op":"set_params"}', 'r.jsonl:3: `at.event` must be text, got 3'],
  [
    '{"at":{"step":1,"call":-1},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.call` must be a whole number, 0 or above, got -1',
  ],
  [
    '{"at":{"step":1,"call":"0"},"module":"opt","op":"set_params"}',
    'r.jsonl:3: `at.call` must be a whole number, 0 or above, got "0"',
  ],
  ['{"at":{"step":1},"op":"set_params"}', 'r.jsonl:3: `module` is missing: expected text'],
  ['{"at":{"step":1},"module":"","op":"set_params"}', 'r.jsonl:3: `module` must be a non-empty string, got ""'],
  ['{"at":{"step":1},"module":7,"op":"set_params"}', 'r.jsonl:3: `module` must be text, got 7'],
  ['{"at":{"step":1},"module":"opt"}', 'r.jsonl:3: `op` is missing: expected text'],
  ['{"at":{"step":1},"module":"opt","op":""}', 'r.jsonl:3: `op` must be a non-empty string, got ""'],
  ['{"at":{"step":1},"module":"opt","op":["set_params"]}', 'r.jsonl:3: `op` must be text, got ["set_params"]'],
  ['{"at":{"step":1},"module":"opt","op":"set_params","id":{}}', 'r.jsonl:3: `id` must be text, got {}'],
  ['{"at":{"step":1},"module":"opt","op":"set_params","params":[1]}', 'r.jsonl:3: `params` must be an object, got [1]'],
  [
    '{"at":{"step":1},"module":"opt","op":"set_params","params":"lr=1"}',
    'r.jsonl:3: `params` must be an object, got "lr=1"',
  ],
  [
    '{"at":{"step":1},"module":"opt","op":"set_params","params":{"lr":Infinity}}',
    'r.jsonl:3: `params.lr` must be a finite number, got an infinity',
  ],
  [
    '{"at":{"step":1},"module":"opt","op":"set_params","params":{"lr":0.1,"momentum":NaN}}',
    'r.jsonl:3: `params.momentum` must be a finite number, got NaN',
  ],
  [
    '{"at":{"step":1},"module":"cb","op":"set_params","id":"probe","params":{"a.b":{"c":[1,NaN]}}}',
    'r.jsonl:3: `params.a.b.c.1` must be a finite number, got NaN',
  ],
  [
    '{"at":{"step":1},"module":"opt","op":"set_params","params":{"betas":[0.9,-Infinity]}}',
    'r.jsonl:3: `params.betas.1` must be a finite number, got an infinity',
  ],
  [
    '{"at":{"step":1},"module":"cb","op":"load","target":"probe.mjs"}',
    'r.jsonl:3: `target` must be an object, got "probe.mjs"',
  ],
  [
    '{"at":{"step":1},"module":"cb","op":"load","target":{"kind":"zip","path":"a","symbol":"b"}}',
    'r.jsonl:3: `target.kind` must be one of file, module, python_file, got "zip"',
  ],
  [
    '{"at":{"step":1},"module":"cb","op":"load","target":{"kind":"file","symbol":"b"}}',
    'r.jsonl:3: `target.path` is missing: expected text',
  ],
  [
    '{"at":{"step":1},"module":"cb","op":"load","target":{"kind":"file","path":"a","symbol":3}}',
    'r.jsonl:3: `target.symbol` must be text, got 3',
  ],
  ['{"at":{"step":1},"module":"cb","op":"load","init":[]}', 'r.jsonl:3: `init` must be an object, got []'],
  [
    '{"at":{"step":1},"module":"cb","op":"load","enabled":"yes"}',
    'r.jsonl:3: `enabled` must be true or false, got "yes"',
  ],
  [
    '{"at":{"step":1},"module":"cb","op":"load","source_capture":{"sha256":1,"captured_path":"a"}}',
    'r.jsonl:3: `source_capture.sha256` must be text, got 1',
  ],
  [
    '{"at":{"step":1},"module":"opt","op":"set_params","seq":"4"}',
    'r.jsonl:3: `seq` must be a whole number, 0 or above, got "4"',
  ],
]

/** Entries that are invalid in any run, each used as the second line of `r.jsonl`. */
export const SENSELESS_LINES: readonly (readonly [line: string, problem: string])[] = [
  [
    '{"at":{"step":1},"module":"opt","op":"set_parms","params":{"lr":1}}',
    'r.jsonl:2: `op` "set_parms" is not an op of module `opt`: did you mean `set_params`?',
  ],
  [
    '{"at":{"step":1},"module":"cb","op":"explode","id":"x"}',
    'r.jsonl:2: `op` "explode" is not an op of module `cb`: it has load, enable, disable, unload, set_params',
  ],
  [
    '{"at":{"step":1},"module":"opt","op":"set_params"}',
    'r.jsonl:2: `params` is missing: `set_params` has nothing to set; hotcb 2 exports no values, so export the run again',
  ],
  [
    '{"at":{"step":1},"module":"opt","op":"set_params","params":{"lr":{"mul":0.5}}}',
    'r.jsonl:2: `params.lr` does not accept a relative value here, got {"mul":0.5}',
  ],
  [
    '{"at":{"step":1},"module":"loss","op":"set_params","params":{}}',
    'r.jsonl:2: `params` is missing: `set_params` has nothing to set; hotcb 2 exports no values, so export the run again',
  ],
  [
    '{"at":{"step":1},"module":"cb","op":"load","id":"x"}',
    'r.jsonl:2: `target` is missing: expected {kind: file|module|python_file, path, symbol}',
  ],
]

/** Texts that are not an overlay. */
export const MALFORMED_OVERLAYS: readonly (readonly [file: string, text: string, reason: string | RegExp])[] = [
  ['a.json', '{"patches": [', /^a\.json: \S[^\n]*$/],
  ['a.json', '[]', 'a.json: an overlay must be an object, got []'],
  ['a.json', '"text"', 'a.json: an overlay must be an object, got "text"'],
  ['a.json', '{}', 'a.json: `patches` is missing: expected a list of patches'],
  ['a.json', '{"patches": {}}', 'a.json:1: `patches` must be a list, got {}'],
  ['a.json', '{"version": "1", "patches": []}', 'a.json:1: `version` must be a whole number, 0 or above, got "1"'],
  ['a.json', '{\n  "patch": []\n}', 'a.json:2: `patch` is not a key of an overlay: did you mean `patches`?'],
  [
    'a.json',
    '{"patches": [\n  {"match": {"module": "opt"}, "dorp": true}\n]}',
    'a.json:2: `patches.0.dorp` is not a key of an overlay: did you mean `drop`?',
  ],
  ['a.json', '{"patches": [\n  {},\n  7\n]}', 'a.json:3: `patches.1` must be an object, got 7'],
  ['a.yaml', 'patches:\n  - match: { module: opt\n', /^a\.yaml:3: \S[^\n]*$/],
  ['a.yaml', 'just text\n', 'a.yaml: an overlay must be an object, got "just text"'],
  ['a.yaml', 'patches:\n  - match: opt\n    drop: true\n', 'a.yaml:2: `patches.0.match` must be an object, got "opt"'],
  [
    'a.yaml',
    'version: 1\npatches:\n  - match: { module: opt }\n    drop: yes please\n',
    'a.yaml:4: `patches.0.drop` must be true or false, got "yes please"',
  ],
  [
    'a.yaml',
    'patches:\n  - match: { modul: opt }\n    drop: true\n',
    'a.yaml:2: `patches.0.match.modul` is not a key of an overlay: did you mean `module`?',
  ],
  [
    'a.yaml',
    'patches:\n  - match:\n      step_min: "5"\n    drop: true\n',
    'a.yaml:3: `patches.0.match.step_min` must be a whole number, got "5"',
  ],
  [
    'a.yaml',
    'patches:\n  - match: { at_step: 1.5 }\n    drop: true\n',
    'a.yaml:2: `patches.0.match.at_step` must be a whole number, got 1.5',
  ],
  [
    'a.yaml',
    'patches:\n  - match: { nth: -1 }\n    drop: true\n',
    'a.yaml:2: `patches.0.match.nth` must be a whole number, 0 or above, got -1',
  ],
  [
    'a.yaml',
    'patches:\n  - match: { has_param: [lr] }\n    drop: true\n',
    'a.yaml:2: `patches.0.match.has_param` must be text, got ["lr"]',
  ],
  [
    'a.yaml',
    'patches:\n- match: {}\n  shift_step: later\n',
    'a.yaml:3: `patches.0.shift_step` must be a whole number, got "later"',
  ],
  [
    'a.yaml',
    'patches:\n- match: {}\n  shift_step: 0.5\n',
    'a.yaml:3: `patches.0.shift_step` must be a whole number, got 0.5',
  ],
  ['a.yaml', 'patches:\n- replace_params: lr\n', 'a.yaml:2: `patches.0.replace_params` must be an object, got "lr"'],
  [
    'a.yaml',
    'patches:\n- replace_params:\n    lr: .nan\n    momentum: .inf\n',
    'a.yaml:3: `patches.0.replace_params.lr` must be a finite number, got NaN; a.yaml:4: `patches.0.replace_params.momentum` must be a finite number, got an infinity',
  ],
  [
    'a.yaml',
    'patches:\n- insert:\n    at: { step: 4 }\n    module: opt\n    op: set_params\n    params:\n      lr: 0.1\n      momentum: .nan\n',
    'a.yaml:8: `patches.0.insert.params.momentum` must be a finite number, got NaN',
  ],
  [
    'a.json',
    '{"patches": [\n  {"match": {}},\n  {"replace_params": {"lr": 0.1,\n    "momentum": NaN}}\n]}',
    'a.json:4: `patches.1.replace_params.momentum` must be a finite number, got NaN',
  ],
  [
    'a.json',
    '{"patches": [\n  {"transform_params": {"scale": {"lr": NaN}}}\n]}',
    'a.json:2: `patches.0.transform_params.scale.lr` must be a finite number, got NaN',
  ],
  [
    'a.yaml',
    'patches:\n- transform_params:\n    scale: { lr: fast }\n',
    'a.yaml:3: `patches.0.transform_params.scale` must be an object of finite numbers, got {"lr":"fast"}',
  ],
  [
    'a.yaml',
    'patches:\n- transform_params:\n    mul: { lr: 2 }\n',
    'a.yaml:3: `patches.0.transform_params.mul` is not a key of an overlay: choose from scale, add',
  ],
  ['a.yaml', 'patches:\n- transform_params: 2\n', 'a.yaml:2: `patches.0.transform_params` must be an object, got 2'],
  [
    'a.yaml',
    'patches:\n- insert: { module: opt, op: set_params }\n',
    'a.yaml:2: `patches.0.insert.at` is missing: expected an object',
  ],
  [
    'a.yaml',
    'patches:\n- match: {}\n- insert:\n    at: { step: 4 }\n    module: opt\n',
    'a.yaml:3: `patches.1.insert.op` is missing: expected text',
  ],
  [
    'a.yaml',
    'patches:\n- insert:\n    at: { step: soon }\n    module: opt\n    op: set_params\n',
    'a.yaml:3: `patches.0.insert.at.step` must be a whole number, 0 or above, got "soon"',
  ],
]

/** Overlays that do not match {@link MISFIT_RECIPE}. */
export const MISFIT_OVERLAYS: readonly (readonly [text: string, reason: string])[] = [
  [
    'patches:\n- transform_params: { scale: { name: 2 } }\n',
    'a.yaml:2: `patches.0.transform_params.scale.name` does not result in a finite number for "fast" in r.jsonl:1',
  ],
  [
    'patches:\n- match: {}\n- transform_params: { add: { on: 1 } }\n',
    'a.yaml:3: `patches.1.transform_params.add.on` does not result in a finite number for true in r.jsonl:1',
  ],
  [
    'patches:\n- transform_params: { scale: { lr: 1.0e+308 } }\n',
    'a.yaml:2: `patches.0.transform_params.scale.lr` does not result in a finite number for 10000000000 in r.jsonl:1',
  ],
]
