"""Imports a module and prints the version of the distribution that brings it. The arguments are both names."""

import importlib
import importlib.metadata
import json
import sys

module, distribution = sys.argv[1:]
importlib.import_module(module)
print(json.dumps({"name": distribution, "version": importlib.metadata.version(distribution)}))
