"""The Python interpreter of functions: where it finds modules, and which clock it has.

Real Lambda looks for a module in the function's code, in its layers, and then in the runtime, which has an SDK of its
own (developer guide, "Working with layers for Python Lambda functions" and "Runtime search path").

MiniStack 1.5.33 runs functions on its own interpreter: they find its SDK, their layers come before their code, and what
a layer has in `python/lib/python3.14/site-packages` comes after everything else. It knows no clock but the real one.

Needed as long as this test fails without it:
`test_function_sdk.py::test_a_function_has_the_sdk_of_the_runtime`.
"""

import os
from pathlib import Path


def patch() -> None:
    """Lets every function's interpreter begin with `pythonpath/sitecustomize.py`."""
    # MiniStack gives functions its own environment.
    os.environ["PYTHONPATH"] = str(Path(__file__).with_name("pythonpath"))
