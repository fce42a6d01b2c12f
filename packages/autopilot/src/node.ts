// The whole public surface of @hotcb/autopilot/node: the engine with files.
export {}
