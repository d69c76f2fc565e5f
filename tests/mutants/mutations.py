"""What mutants there are of a module: each is the module with one small fault.

The faults are those of mutmut, but for what is named below, and some that it lacks: a statement is left out, a member
of a list or of an object is left out, an interpolation of a text is left out. mutmut's own runner is not used, because
it leaves out properties and what stands outside of functions, and forks from a process whose jsii kernel runs.

Left out, because no test should see it:

- what the type checker sees: annotations, decorators, the type of a `cast`, `Literal`, `TypeVar`, imports;
- docstrings, and messages in the function's log, which no program reads (metrics go through the log too, and
  stay in);
- assignments and positional arguments of `None`, which mutmut makes: nearly all crash at once and flatter the figure;
- acknowledgements of cdk-nag's findings: only tests that look at all kinds of jobs together see them (test_nag.py,
  test_nag_environments.py, test_locked_down.py), and they are too slow to run for each mutant;
- how a text is changed: there is one mutant for each, not one for upper and one for lower case. Errors' texts stay in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

TEXT = '"XX"'
LARGE = 10
"""From which on a number is doubled, not increased by one: one second more is a fault of nine, but not of an hour."""

STATEMENTS = (cst.SimpleStatementLine, cst.BaseCompoundStatement)


@dataclass(frozen=True)
class Mutant:
    """A module with one fault.

    Attributes:
        module: The module's path.
        key: Identifies it in the module: the function that it is in, and the change.
        line: The first line of the statement it is in.
        function: The outermost function that it is in, with the names of its classes; none if the statement runs when
            the module is imported.
        names: Of a statement that runs then: the names that it gives values to.
        code: The module's source with the fault.
    """

    module: Path
    key: str
    line: int
    function: str
    names: tuple[str, ...]
    code: str


def mutants(module: Path) -> list[Mutant]:
    """Returns the mutants of a module, in the order of its lines.

    Args:
        module: The module's path.
    """
    source = module.read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Visitor()
    wrapper.visit(visitor)
    times: Counter[str] = Counter()
    made = []
    for fault in visitor.faults:
        lines = source.splitlines()
        new, old = fault.lines(fault.changed), fault.lines(fault.unchanged)
        key = f"{fault.function or 'module'}: {_difference(old, new)}"
        times[key] += 1
        if times[key] > 1:
            key = f"{key} ({times[key]})"
        lines[fault.first - 1 : fault.last] = new
        mutated = "\n".join([*lines, ""])
        if _is_python(mutated):
            made.append(Mutant(module, key, fault.line, fault.unit, fault.names, mutated))
    return made


def _is_python(code: str) -> bool:
    try:
        compile(code, "", "exec")
    except SyntaxError:
        return False
    return True


def _difference(old: list[str], new: list[str]) -> str:
    """What was changed, in a line."""
    first = next((place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
    pairs = zip(old[:first:-1], new[:first:-1], strict=False)
    end = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)) - first - 1)
    old, new = old[first : len(old) - end], new[first : len(new) - end]
    removed, added = (" ".join(line.strip() for line in lines) for lines in (old, new))
    return f"{removed} -> {added}"


@dataclass(frozen=True)
class _Fault:
    changed: cst.CSTNode
    """The function or the statement with the fault, which stands from line `first` to `last` in its module."""

    unchanged: cst.CSTNode
    first: int
    last: int
    column: int
    function: str
    line: int
    unit: str
    names: tuple[str, ...]

    def lines(self, code: cst.CSTNode) -> list[str]:
        """A function or statement as it stands in its module: a method's code comes without its class's indentation."""
        lines = cst.Module([]).code_for_node(code).strip("\n").splitlines()
        return [" " * self.column + line if line else line for line in lines]


class _Visitor(cst.CSTVisitor):
    """Finds what can be changed."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[_Fault] = []
        self._names: list[str] = []
        self._units: list[cst.CSTNode] = []
        self._lines: list[int] = []
        self._texts = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, STATEMENTS):
            self._units.append(node)
            self._lines.append(self.get_metadata(PositionProvider, node).start.line)
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            self._names.append(node.name.value)
        if _is_left_out(node):
            return False
        if not (self._texts and isinstance(node, cst.BaseString)):
            for new in _changes(node):
                self._add(node, new)
        self._texts += isinstance(node, cst.ConcatenatedString)
        if isinstance(node, cst.Call) and m.matches(node.func, m.Name("cast")):
            node.args[1].visit(self)
            return False
        if isinstance(node, cst.For):
            # Its target is no value.
            for part in (node.iter, node.body, node.orelse):
                if part:
                    part.visit(self)
            return False
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, STATEMENTS):
            self._units.pop()
            self._lines.pop()
        if isinstance(original_node, (cst.FunctionDef, cst.ClassDef)):
            self._names.pop()
        self._texts -= isinstance(original_node, cst.ConcatenatedString)

    def _add(self, old: cst.CSTNode, new: cst.CSTNode | cst.RemovalSentinel) -> None:
        unit: Any = next((unit for unit in self._units if not isinstance(unit, cst.ClassDef)), self._units[-1])
        position = self.get_metadata(PositionProvider, unit)
        bare: dict[str, Any] = {"leading_lines": ()}
        if isinstance(unit, cst.FunctionDef):
            bare |= {"decorators": (), "lines_after_decorators": ()}
        # Default values are those of a function, but are made when the module is imported.
        is_inside = isinstance(unit, cst.FunctionDef) and len(self._units) > self._units.index(unit) + 1
        depth = [isinstance(part, cst.ClassDef) for part in self._units].count(True)
        names = self._names[: depth + 1] if isinstance(unit, cst.FunctionDef) else _targets(unit)
        self.faults.append(
            _Fault(
                changed=unit.deep_replace(old, new).with_changes(**bare),
                unchanged=unit.with_changes(**bare),
                first=position.start.line,
                last=position.end.line,
                column=position.start.column,
                function=".".join(self._names),
                line=self._lines[-1],
                unit=".".join(names) if is_inside else "",
                names=tuple(names),
            )
        )


def _targets(statement: cst.CSTNode) -> list[str]:
    """The names that a statement gives values to."""
    return [name.value for name in m.findall(statement, m.Name()) if isinstance(name, cst.Name)][:2]


def _is_left_out(node: cst.CSTNode) -> bool:
    """Whether nothing is changed in a part of a module."""
    if isinstance(node, (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.AssignTarget)):
        return True
    if isinstance(node, cst.If):
        return m.matches(node.test, m.Name("TYPE_CHECKING"))
    if isinstance(node, cst.Expr):
        return m.matches(node.value, m.SimpleString()) or _is_log(node.value)
    if isinstance(node, cst.Subscript):
        return m.matches(node.value, m.Name("Literal"))
    if isinstance(node, cst.Assign):
        name = node.targets[0].target
        return m.matches(name, m.Name("__all__")) or m.matches(node.value, m.Call(func=m.Name("TypeVar")))
    return False


def _is_log(node: cst.BaseExpression) -> bool:
    """Whether an expression writes to the function's log what only people read, or acknowledges a finding."""
    if m.matches(node, m.Call(func=m.Name(m.MatchIfTrue(lambda name: name.startswith("acknowledge_"))))):
        return True
    if not isinstance(node, cst.Call) or any(arg.keyword and arg.keyword.value == "_aws" for arg in node.args):
        return False
    return m.matches(
        node.func, m.Name("log") | m.Attribute(value=m.Name("context") | m.Name("self"), attr=m.Name("log"))
    )


def _changes(node: cst.CSTNode) -> Iterator[cst.CSTNode | cst.RemovalSentinel]:
    """What can stand in the place of a part."""
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def _number(node: cst.BaseNumber) -> Iterator[cst.BaseNumber]:
    if isinstance(node, (cst.Integer, cst.Float)):
        value = node.evaluated_value
        yield node.with_changes(value=repr(value + 1 if value < LARGE else value * 2))


def _text(node: cst.BaseString) -> Iterator[cst.BaseExpression]:
    if isinstance(node, cst.SimpleString) and node.value.strip("rfbu") in (TEXT, '""'):
        return
    is_bytes = isinstance(node, cst.SimpleString) and "b" in node.prefix
    yield cst.parse_expression(f"b{TEXT}" if is_bytes else TEXT)
    yield from _without_interpolations(node)


def _without_interpolations(node: cst.BaseString) -> Iterator[cst.BaseString]:
    if isinstance(node, cst.ConcatenatedString):
        for side in ("left", "right"):
            for new in _without_interpolations(getattr(node, side)):
                yield node.with_changes(**{side: new})
    if isinstance(node, cst.FormattedString):
        for index, part in enumerate(node.parts):
            if isinstance(part, cst.FormattedStringExpression):
                yield node.with_changes(parts=[*node.parts[:index], *node.parts[index + 1 :]])


def _statement(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    if isinstance(node.body[0], cst.Expr) and _is_log(node.body[0].value):
        return
    if m.matches(node.body[0], m.Expr(m.Call()) | m.AugAssign() | m.Raise() | m.Del()):
        yield node.with_changes(body=[cst.Pass()])


def _members(node: cst.Dict | cst.List | cst.Set | cst.Tuple) -> Iterator[cst.CSTNode]:
    elements = list(node.elements)
    # What stands without parentheses is taken apart again.
    if (isinstance(node, cst.Set) and len(elements) == 1) or (isinstance(node, cst.Tuple) and not node.lpar):
        return
    for index in range(len(elements)):
        kept = [*elements[:index], *elements[index + 1 :]]
        if isinstance(node, cst.Tuple) and len(kept) == 1:
            kept = [kept[0].with_changes(comma=cst.Comma())]
        yield node.with_changes(elements=kept)


def _arguments(node: cst.Call) -> Iterator[cst.CSTNode]:
    for index, arg in enumerate(node.args):
        if arg.keyword or arg.star:
            yield node.with_changes(args=[*node.args[:index], *node.args[index + 1 :]])


def _condition(node: cst.If | cst.IfExp | cst.CompIf) -> Iterator[cst.CSTNode]:
    test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    for operator, value in ((cst.And(), "False"), (cst.Or(), "True")):
        yield node.with_changes(test=cst.BooleanOperation(left=test, operator=operator, right=cst.Name(value)))


_OPERATORS: Sequence[tuple[type | tuple[type, ...], Callable[[Any], Iterable[Any]]]] = (
    (cst.BaseNumber, _number),
    (cst.Name, mutators.operator_name),
    (cst.AugAssign, mutators.operator_augmented_assignment),
    (cst.UnaryOperation, mutators.operator_remove_unary_ops),
    (cst.Call, mutators.operator_symmetric_string_methods_swap),
    (cst.Call, mutators.operator_unsymmetrical_string_methods_swap),
    (cst.Lambda, mutators.operator_lambda),
    (cst.CSTNode, mutators.operator_keywords),
    (cst.CSTNode, mutators.operator_swap_op),
    (cst.Match, mutators.operator_match),
    ((cst.If, cst.IfExp, cst.CompIf), _condition),
    (cst.BaseString, _text),
    (cst.SimpleStatementLine, _statement),
    ((cst.Dict, cst.List, cst.Set, cst.Tuple), _members),
    (cst.Call, _arguments),
)
