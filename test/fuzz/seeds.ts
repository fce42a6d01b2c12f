import { readFileSync } from 'node:fs'

/** Lines of the golden fixtures of @hotcb/protocol: ours, and hotcb 2's. */
export function goldenLines(
  file: string,
  from: readonly string[] = ['ours', 'hotcb2', 'hotcb2-read'],
): readonly string[] {
  return from.flatMap((folder) => {
    const path = new URL(`../../packages/protocol/test/fixtures/${folder}/${file}`, import.meta.url)
    try {
      return readFileSync(path, 'utf8').split('\n').filter(Boolean)
    } catch {
      // Not every kernel writes every file.
      return []
    }
  })
}

export const RECIPE: string = [
  '{"at":{"step":1,"event":"train_step_end"},"module":"opt","op":"set_params","id":"main","params":{"lr":0.05},"seq":2}',
  '{"at":{"step":2,"event":null,"call":0},"module":"loss","op":"set_params","params":{"ce":0.5,"ramps.aux":{"type":"linear","steps":3,"end":1}}}',
  '{"at":{"step":2,"event":null,"end":true},"module":"opt","op":"disable","id":"main","params":{"key":"momentum"}}',
  '{"at":{"step":3,"event":"val_epoch_end"},"module":"custom","op":"set_params","params":{"pair":[0.1,0.9],"way":"fast"}}',
  '{"at":{"step":3,"event":null},"module":"cb","op":"load","id":"probe","target":{"kind":"file","path":"probe.mjs","symbol":"Probe"},"init":{"every":5},"enabled":false,"source_capture":{"sha256":"ab12","captured_path":"hotcb.sources/ab12.mjs"}}',
  '{"at":{"step":4,"event":null},"module":"core","op":"stop"}',
  '',
].join('\n')

export const OVERLAY_JSON = `{
  "version": 1,
  "patches": [
    { "match": { "module": "opt", "step_min": 1, "step_max": 9, "has_param": "lr" }, "replace_params": { "lr": 0.025 }, "note": "slower" },
    { "match": { "id": "main", "at_event": "train_step_end", "nth": 0 }, "transform_params": { "scale": { "lr": 0.5 }, "add": { "lr": 0.001 } } },
    { "match": { "at_step": 3 }, "shift_step": -2, "drop": false },
    { "insert": { "at": { "step": 2, "event": null }, "module": "loss", "op": "set_params", "params": { "ce": 2 } } }
  ]
}
`

export const OVERLAY_YAML = `# A slower start.
version: 1
patches:
  - match: { module: opt, has_param: lr }
    transform_params:
      scale: { lr: 0.5 }
    note: "slower"
  - match:
      at_step: 3
      op: set_params
    replace_params: &later
      pair: [0.1, 0.9]
    shift_step: 1
  - match: { module: loss }
    drop: true
  - insert:
      at: { step: 2, event: null }
      module: opt
      op: set_params
      params: { lr: 1.0e-4 }
`

export const DESIRED_YAML = `version: 1
core:
  freeze_mode: off
  replay: { recipe_path: hotcb.recipe.jsonl, adjust_path: hotcb.adjust.yaml, policy: strict, step_offset: 10 }
cb:
  callbacks:
    probe:
      target: { kind: file, path: probe.mjs, symbol: Probe }
      init: { every: 5 }
      enabled: true
      params:
        every: 2
opt: &opt
  id: main
  params:
    lr: 0.05
    betas: [0.9, 0.99]
loss:
  enabled: true
  params: { ce: 0.5, terms.aux: true }
custom:
  params: { way: fast, pair: [0.25, 0.75] }
tune: { enabled: false, mode: active }
`

export const FREEZE =
  '{"mode":"replay_adjusted","recipe_path":"r.jsonl","adjust_path":"o.yaml","policy":"strict","step_offset":0}\n'

export const META =
  '{"step":3,"seq":4,"calls":1,"by":null,"modules":{"cb":{"callbacks":{"probe":{"seen":1}},"tripped":{}},"own":{"calls":2}},"kernel":{"seq":4,"at":{"step":2,"call":0,"end":false},"token":"t","submitted":[{"module":"opt","op":"set_params","id":"main","params":{"lr":0.1},"target":null,"init":null,"enabled":null,"channel":"live","source":"trainer","author":null,"note":null,"cid":"k1-1"}]}}\n'

export const COMMANDS: string = [
  '{"cid":"a","ts":1790001000.25,"source":"cli","author":"ada","module":"opt","op":"set_params","id":"main","params":{"lr":0.0003},"at":{"step":2,"event":"train_step_end"},"expires":{"step":600},"expect":{"lr":0.1},"note":"after warm-up"}',
  '{"cid":"b","module":"opt","op":"set_params","params":{"key":"momentum","value":"0.5","group":"body"}}',
  '{"cid":"c","module":"loss","op":"set_params","params":{"ce_w":0.5,"ramps.aux":{"type":"cosine","warmup_frac":0.5,"end":1},"terms.ce":false}}',
  '{"cid":"d","module":"custom","op":"set_params","params":{"pair":[0.5,0.75],"way":"slow","count":3,"on":true}}',
  '{"cid":"e","module":"opt","op":"disable","params":{"keys":["lr","momentum"]}}',
  '{"cid":"f","module":"core","op":"checkpoint","params":{"action":"save","tag":"a"}}',
  '{"cid":"g","module":"core","op":"checkpoint","params":{"action":"load","tag":"a","set":{"opt":{"lr":0.05}}},"at":{"step":4}}',
  '{"cid":"h","module":"core","op":"revert","params":{"seq":2,"force":true}}',
  '{"cid":"i","module":"core","op":"freeze","mode":"prod"}',
  '{"cid":"j","module":"core","op":"unfreeze"}',
  '{"cid":"k","module":"core","op":"cancel","params":{"cid":"a"}}',
  '{"cid":"l","module":"core","op":"pause"}',
  '{"cid":"m","module":"core","op":"stop","params":{"reason":"enough"}}',
  '{"cid":"n","module":"cb","op":"set_params","id":"probe","params":{"every":3}}',
  '{"cid":"o","module":"cb","op":"load","id":"probe","target":{"kind":"file","path":"probe.mjs","symbol":"Probe"},"init":{"every":5}}',
  '{"cid":"p","module":"own","op":"say","id":"x","params":{"deep":[1,[2,{"a":null}]]}}',
  '{"op":"set_params","module":"opt","params":{"lr":1e-3}}',
  '{"module":"ctl","op":"call","id":"x","params":{"args":[1],"kwargs":{"a":2}}}',
  '',
].join('\n')

/** A run directory as a killed kernel leaves it. */
export const RUN: Readonly<Record<string, string>> = {
  'hotcb.commands.jsonl': COMMANDS,
  'hotcb.commands.d/node1-0a1b2c.jsonl': '{"cid":"z","module":"loss","op":"enable","id":"main"}\n',
  'hotcb.yaml': DESIRED_YAML,
  'hotcb.freeze.json': '{"mode":"off","recipe_path":null,"adjust_path":null,"policy":"best_effort","step_offset":0}\n',
  'hotcb.checkpoints/a/meta.json': META,
}
