"""What is changed in a module, and what is left as it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # this folder is no package
from mutations import mutants


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("x = 5\n", ["module: x = 5 -> x = 6"]),
        ("x = 3600\n", ["module: x = 3600 -> x = 7200"]),
        ("def f():\n    g(1)\n", ["f: g(1) -> pass", "f: g(1) -> g(2)"]),
        ("def f(a):\n    raise ValueError\n", ["f: raise ValueError -> pass"]),
        ("def f(a):\n    return g(key=a)\n", ["f: return g(key=a) -> return g()"]),
        ("def f(a):\n    return f'{a}-'\n", ["f: return f'{a}-' -> return \"XX\"", "f: return f'{a}-' -> return f'-'"]),
        ("def f(a, b):\n    return {a: b}\n", ["f: return {a: b} -> return {}"]),
        ("def f(a, b):\n    return a < b\n", ["f: return a < b -> return a <= b"]),
        ("class A:\n    def f(self):\n        del self.x\n", ["A.f: del self.x -> pass"]),
        ('def f(a: int = 1):\n    """Text."""\n', ["f: def f(a: int = 1): -> def f(a: int = 2):"]),
        ("@g(1)\ndef f():\n    log('text', a=1)\n", []),
        ("class A:\n    def f(self):\n        self.log('text', a=1)\n", []),
        ("def f(context):\n    context.log('text', a=1)\n", []),
        ("from a import b\n__all__ = ['b']\n", []),
    ],
)  # fmt: skip
def test_a_part_is_changed_as_somebody_might_get_it_wrong(tmp_path: Path, source: str, changes: list[str]) -> None:
    module = tmp_path / "module.py"
    module.write_text(source, encoding="utf-8")

    assert [mutant.key for mutant in mutants(module)] == changes


def test_mutants_that_look_the_same_have_keys_of_their_own(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("def f():\n    g()\n    h()\n    g()\n", encoding="utf-8")

    made = mutants(module)

    assert [mutant.key for mutant in made] == ["f: g() -> pass", "f: h() -> pass", "f: g() -> pass (2)"]
    assert len({mutant.code for mutant in made}) == 3


def test_a_mutant_of_a_method_is_the_module_with_one_line_changed(tmp_path: Path) -> None:
    text = '"""Text.\n\n        More.\n        """'
    source = f"class A:\n    x = y\n\n    @property\n    def f(self) -> str:\n        {text}\n        return a.b(c=d)\n"
    module = tmp_path / "module.py"
    module.write_text(source, encoding="utf-8")

    [mutant] = mutants(module)

    assert mutant.code.splitlines()[-1] == "        return a.b()"
    assert (mutant.function, mutant.line) == ("A.f", 10)
