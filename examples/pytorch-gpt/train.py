"""A small GPT on the characters of this file, in the style of nanoGPT: its own learning rate schedule, gradient
accumulation, bfloat16 autocast, and its own checkpoints.

    python train.py RUN_DIR [MAX_ITERS]
"""

import math
import os
import sys

import torch
from hotcb_bridge import HotKernel, loss_actuators, mutable_state, optimizer_actuators, torch_checkpoint, weights_sha256
from torch import nn
from torch.nn import functional as F

run_dir = sys.argv[1]
max_iters = int(sys.argv[2]) if len(sys.argv) > 2 else 200
decay_iters, warmup_iters, peak_rate, accumulation = 200, 20, 3e-3, 2
block, batch, width, heads = 32, 8, 32, 4

text = open(__file__, encoding="utf-8").read()
letters = sorted(set(text))
data = torch.tensor([letters.index(letter) for letter in text])


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(0.1))

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (one.view(b, t, heads, -1).transpose(1, 2) for one in self.qkv(self.norm1(x)).split(width, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, width))
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.place = nn.Embedding(len(letters), width), nn.Embedding(block, width)
        self.blocks = nn.Sequential(Block(), Block())
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, len(letters)))

    def forward(self, x):
        return self.head(self.blocks(self.token(x) + self.place(torch.arange(x.shape[1]))))


def rate_at(it):
    if it < warmup_iters:
        return peak_rate * (it + 1) / warmup_iters
    ratio = min(1.0, (it - warmup_iters) / (decay_iters - warmup_iters))
    return peak_rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * ratio)))


def get_batch():
    starts = torch.randint(len(data) - block - 1, (batch,))
    x = torch.stack([data[i : i + block] for i in starts])
    y = torch.stack([data[i + 1 : i + 1 + block] for i in starts])
    return x, y


torch.manual_seed(1337)
model = GPT()
optimizer = torch.optim.AdamW(model.parameters(), lr=peak_rate, betas=(0.9, 0.95), weight_decay=0.1)
weights = {"smoothing": 0.0}

save, load = torch_checkpoint(model=model, optimizer=optimizer)
kernel = HotKernel(
    run_dir,
    mutable_state=mutable_state(
        optimizer_actuators(optimizer, schedule="own", clip_norm=1.0),
        loss_actuators(weights, global_bounds=(0.0, 0.5)),
    ),
    save=save,
    load=load,
)

# The training's own checkpoint: its next iteration, and what hotcb needs to continue with it.
own = os.path.join(run_dir, "own")
it, snapshot = 0, None
if os.path.exists(os.path.join(own, "next.pt")):
    kept = torch.load(os.path.join(own, "next.pt"))
    it, snapshot = kept["it"], kept["hotcb"]
    load(own)
kernel.continue_from(it, snapshot, max_steps=decay_iters)

while it < max_iters:
    for group in optimizer.param_groups:
        group["lr"] = rate_at(it)
    for _ in range(accumulation):
        x, y = get_batch()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(x)
        loss = F.cross_entropy(
            logits.float().view(-1, len(letters)), y.view(-1), label_smoothing=weights["smoothing"]
        )
        (loss / accumulation).backward()
    optimizer.step()
    optimizer.zero_grad()
    result = kernel.apply({"step": it, "max_steps": decay_iters, "metrics": {"loss": loss.item()}}, ["train_step_end"])
    if result.stop:
        break
    it = it + 1 if result.rewound is None else result.rewound

os.makedirs(own, exist_ok=True)
save(own, it)
torch.save({"it": it, "hotcb": kernel.snapshot()}, os.path.join(own, "next.pt"))
kernel.close()
print(f"iteration {it}, loss {loss.item():.4f}, weights {weights_sha256(model)}")
