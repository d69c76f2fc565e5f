"""Files are read in chunks of whole lines, of which none is too long."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cdk_data_jobs_check import line_chunks
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES, read_line_chunks

LINES = st.lists(st.integers(0, 12).map(lambda length: b"x" * length))


@given(LINES, st.sampled_from([b"", b"\n"]), st.integers(1, 9))
@example([b"x" * 12, b"x"], b"\n", 5)
def test_long_lines_are_cut_and_all_others_whole_wherever_chunks_end(lines: list[bytes], end: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_chunks, "_CHUNK_BYTES", size)
        patch.setattr(line_chunks, "MAX_LINE_BYTES", 9)
        chunks = [*read_line_chunks(io.BytesIO(b"\n".join(lines) + end))]

    content = b"".join(chunk.content for chunk in chunks)
    expected = [*lines, b""] if end or not lines or lines[-1] else lines
    assert content.split(b"\n")[: len(lines)] == [line[:9] for line in expected][: len(lines)]
    assert sum(chunk.is_truncated for chunk in chunks) == sum(len(line) > 9 for line in lines)
    assert all(chunk.content.endswith(b"\n") for chunk in chunks)


@pytest.mark.parametrize("before", [0, 1, 2**16 - 1, 30_000])
def test_the_limit_does_not_depend_on_what_is_before_the_line(before: int) -> None:
    for length, is_truncated in ((MAX_LINE_BYTES, False), (MAX_LINE_BYTES + 1, True)):
        content = b"a" * before + b"\n" + b"x" * length + b"\nnext\n"
        chunks = [*read_line_chunks(io.BytesIO(content))]

        assert [chunk.is_truncated for chunk in chunks].count(True) == is_truncated
        assert chunks[-1].content.endswith(b"next\n")
