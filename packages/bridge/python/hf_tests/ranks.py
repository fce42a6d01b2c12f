"""A training of Hugging Face's Trainer on two ranks, for torchrun: ranks.py RUN_DIR OUTPUT_DIR."""

from __future__ import annotations

import json
import sys

import torch.distributed as dist

from training import train

directory, folder = sys.argv[1:]
trainer, digest = train(directory, folder, save_strategy="steps", save_steps=6, max_steps=10)
told = {"rank": trainer.args.process_index, "weights": digest, "clip": trainer.args.max_grad_norm}
print(json.dumps({**told, "decay": trainer.optimizer.param_groups[0]["weight_decay"], "steps": trainer.state.global_step}))
dist.destroy_process_group()
