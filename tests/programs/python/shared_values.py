"""``multiprocessing.Value`` and ``Array``, by several processes."""

import multiprocessing
from multiprocessing import Array, Process, RawArray, RawValue, Value


def adds(total, numbers, text, raw, times):
    for _ in range(times):
        with total.get_lock():
            total.value += 1
        with numbers:
            numbers[0] += 1
            numbers[1] -= 1
    text.value = b"done"
    raw.value = 2.5


def main():
    manager = multiprocessing.Manager()
    before = manager._number_of_objects()
    total, numbers, text = Value("i", 5), Array("h", [0, 1000, 7]), Array("c", 10)
    raw, letters = RawValue("d"), RawArray("u", "abc")
    processes = [Process(target=adds, args=(total, numbers, text, raw, 200)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert total.value == 805, total
    assert numbers[:] == [800, 200, 7] and list(numbers) == [800, 200, 7], numbers[:]
    assert (text.value, text.raw) == (b"done", b"done" + bytes(6)), text.raw
    assert (raw.value, letters[:]) == (2.5, "abc")
    total.value = 1 << 31
    assert total.value == -1 << 31
    try:
        Value("no code")
    except TypeError as error:
        assert "a type code is wanted" in str(error)
    else:
        raise AssertionError("that is no type code")
    del processes, process, total, numbers, text, raw, letters
    assert manager._number_of_objects() == before, manager._debug_info()


if __name__ == "__main__":
    main()
