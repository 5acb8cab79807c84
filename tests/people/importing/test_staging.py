"""Rows of a file are brought into the database some at a time."""

from rollbook.people.importing.staging import CHUNK, CHUNK_CHARACTERS, chunks


def test_long_rows_are_held_in_memory_few_at_a_time_and_short_ones_many() -> None:
    long = [(number, ["x" * (CHUNK_CHARACTERS // 3), "y"]) for number in range(10)]
    found = list(chunks(iter(long)))
    assert [row for chunk in found for row in chunk] == long
    assert {len(chunk) for chunk in found} == {3, 1}
    short = [(number, ["00123", "Ben"]) for number in range(CHUNK + 1)]
    assert [len(chunk) for chunk in chunks(iter(short))] == [CHUNK, 1]
