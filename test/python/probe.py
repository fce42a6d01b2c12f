"""A callback of the tests."""


class Probe:
    def __init__(self, id, every=1, word="here"):
        self.id = id
        self.every = every
        self.word = word

    def set_params(self, **params):
        self.__dict__.update(params)

    def handle(self, event, env):
        if env["step"] % self.every == 0:
            env["log"](f"{self.id}: {self.word} at {env['step']}")
