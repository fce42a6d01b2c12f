"""The measurements of ranks above 0."""

from __future__ import annotations

import json
import os
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from hotcb_bridge import MetricsCollector
from hotcb_bridge._rank_figures import RankFigures, seconds_of


class RankFiguresTest(unittest.TestCase):
    def test_a_rank_leaves_its_figures_in_the_run_directory(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            steps = iter(range(0, 10_000, 10))
            figures = RankFigures(directory, 2, lambda: next(steps), 0.01)
            figures.start()
            path = Path(directory, "hotcb.ranks", "rank-2.json")
            while not path.exists():
                time.sleep(0.01)
            document = json.loads(path.read_text())
            figures.close()
            figures._thread.join()
            self.assertEqual((document["rank"], document["pid"]), (2, os.getpid()))
            self.assertGreater(document["figures"]["step_seconds"], 0)
            self.assertGreaterEqual(document["figures"]["cpu_percent"], 0)
            self.assertEqual(os.listdir(path.parent), ["rank-2.json"])

    def test_a_directory_that_cannot_be_written_disturbs_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "hotcb.ranks").write_text("a file")
            figures = RankFigures(directory, 1, lambda: 5, 0.001)
            figures.start()
            time.sleep(0.05)
            self.assertTrue(figures._thread.is_alive())
            figures.close()
            figures._thread.join()

    def test_the_switch(self) -> None:
        with mock.patch.dict(os.environ, {"HOTCB_SYSTEM": "off"}):
            self.assertIsNone(seconds_of(None))
            self.assertEqual(seconds_of(True), 5.0)
        with mock.patch.dict(os.environ):
            os.environ.pop("HOTCB_SYSTEM", None)
            self.assertEqual([seconds_of(None), seconds_of(2)], [5.0, 2.0])
        self.assertIsNone(seconds_of(False))
        self.assertEqual(MetricsCollector(system=False).describe(), {"every_n": 1, "system": False})
        self.assertEqual(MetricsCollector().describe(), {"every_n": 1})
        with self.assertRaisesRegex(ValueError, "`system` must be true, false, or seconds above 0, got 0"):
            MetricsCollector(system=0)


if __name__ == "__main__":
    unittest.main()
