"""Calls a train function in its own process: train_fn.py FILE FUNCTION.

The function is called as in the Python package: (run_dir, max_steps, step_delay, stop_event).
"""
import importlib.util
import os
import signal
import sys
import threading


def main(path, name):
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    train = getattr(module, name, None)
    if not callable(train):
        sys.exit("%s has no function %s" % (path, name))
    env = os.environ
    train(env["HOTCB_RUN_DIR"], int(env["HOTCB_MAX_STEPS"]), float(env["HOTCB_STEP_DELAY"]), stop)


main(os.path.abspath(sys.argv[1]), sys.argv[2])
