#!/usr/bin/env node
// This file exists before the build, because package managers link programs at install time.
import '../dist/bin.js'
