import { expect, test } from 'vitest'
import { plainReason } from '../src/index.ts'

test.each([
  // As our kernel writes them.
  ['actuator_disabled: `lr` is disabled: enable it first', '`lr` is disabled: enable it first'],
  ['unknown_param: `lrr`: did you mean `lr`?', 'there is no control `lrr`: did you mean `lr`?'],
  ['unknown_param: `x`: this trainer has no controls', 'there is no control `x`: this trainer has no controls'],
  ['unknown_core_op: `x`: core has the ops pause, stop', 'there is no op `x`: core has the ops pause, stop'],
  [
    'unknown_op: `x`: module `opt` has the ops set_params, enable, disable',
    'there is no op `x`: module `opt` has the ops set_params, enable, disable',
  ],
  ['apply_fn_exception: `lr`: no such group', 'the trainer could not set `lr`: no such group'],
  ['apply_fn_exception: `lr`: a; `lr` was put back', 'the trainer could not set `lr`: a; `lr` was put back'],
  ['schedule_exception: boom', 'the schedule of the learning rate failed: boom'],
  [
    'no_params: nothing to set: give `params` with at least one key',
    'nothing to set: give `params` with at least one key',
  ],
  [
    'no_mutable_state: this trainer registered no controls for module `opt`',
    'this trainer registered no controls for module `opt`',
  ],
  ['missed_step:900:train_step_end', 'the run ended before step 900 (train_step_end) was reached'],
  ['best_effort_missed', 'left out: the replay continues without it'],
  // As hotcb 2's kernel writes them.
  ['decoder_w: unknown_param:decoder_w', 'decoder_w: there is no control `decoder_w`'],
  ['unknown_param:a; actuator_disabled:b', 'there is no control `a`; `b` is disabled: enable it first'],
  ['apply_fn_exception: boom', 'the trainer could not set it: boom'],
  ['no_params', 'there is nothing to set'],
  ['no_mutable_state', 'this trainer has no controls'],
  ['unknown_op:x', 'there is no op `x`'],
  ['missing_param_key', 'no control was specified'],
  ['missing_param_key: give `key`', 'give `key`'],
  ['missed_step:900', 'the run ended before step 900 was reached'],
  ['strict_policy_missed', 'a strict replay does not allow this'],
  ['lr: no_params; wd: no_params', 'lr: there is nothing to set; wd: there is nothing to set'],
  // No codes.
  ['`lr` must be at most 1, got 50', '`lr` must be at most 1, got 50'],
  ['unknown_parameter: x', 'unknown_parameter: x'],
  ['my_error: no_params_at_all', 'my_error: no_params_at_all'],
  ['', ''],
])('%j reads %j', (coded, plain) => {
  expect(plainReason(coded)).toBe(plain)
})
