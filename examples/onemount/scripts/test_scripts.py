"""Tests of the Python helpers: python3 -m unittest discover -s scripts -p 'test_*.py'"""

import unittest

import coverage_summary
import dev


class CoverageSummary(unittest.TestCase):
    def test_statements_are_summed_by_package(self):
        profile = [
            "mode: set",
            "example.com/m/a/x.go:1.1,2.2 3 1",
            "example.com/m/a/y.go:1.1,2.2 1 0",
        ]
        self.assertEqual(coverage_summary.summarise(profile), {"example.com/m/a": (3, 4)})


class Arguments(unittest.TestCase):
    def test_unit_tests_are_the_default_suite(self):
        self.assertEqual(dev.parser().parse_args(["docker", "test"]).suite, "unit-tests")


if __name__ == "__main__":
    unittest.main()
