"""A tiny GPT-2 built from a configuration, trained by Hugging Face's Trainer. Nothing is downloaded."""

from __future__ import annotations

import os
import warnings
from typing import Any, Dict, List, Optional, Sequence

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
warnings.filterwarnings("ignore")

import torch  # noqa: E402
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments, logging, set_seed  # noqa: E402

from hotcb_bridge import HotKernel, weights_sha256  # noqa: E402
from hotcb_bridge.adapters.hf import HotCBHFCallback  # noqa: E402

logging.set_verbosity_error()


class Words(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """Sequences that count upwards."""

    def __len__(self) -> int:
        return 64

    def __getitem__(self, i: int) -> Dict[str, Any]:
        words = (torch.arange(12) + i) % 32
        return {"input_ids": words, "labels": words}


def model() -> Any:
    set_seed(0)
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=32, n_positions=16, n_embd=16, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0)
    )


def arguments(folder: str, **more: Any) -> Any:
    given: Dict[str, Any] = {
        "output_dir": folder,
        "max_steps": 20,
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 2,
        "learning_rate": 0.01,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "seed": 3,
        **more,
    }
    return TrainingArguments(**given)


class Used:
    """Records the rates that the optimizer uses."""

    def __init__(self, trainer: Any) -> None:
        self.rates: List[float] = []
        trainer.create_optimizer()
        trainer.optimizer.register_step_pre_hook(lambda one, *_: self.rates.append(one.param_groups[0]["lr"]))


def train(
    directory: str,
    folder: str,
    resume: Optional[str] = None,
    kernel: Optional[HotKernel] = None,
    callbacks: Sequence[Any] = (),
    **more: Any,
) -> Any:
    """Trains a model.

    Returns:
        The trainer, and the SHA-256 of its weights.
    """
    one = model()
    hot = HotCBHFCallback(kernel or HotKernel(directory))
    trainer = Trainer(
        model=one,
        args=arguments(folder, **more),
        train_dataset=Words(),
        eval_dataset=Words(),
        callbacks=[hot, *callbacks],
    )
    trainer.train(resume_from_checkpoint=resume)
    return trainer, weights_sha256(one)
