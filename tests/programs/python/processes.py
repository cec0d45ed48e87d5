"""Processes and their children: names, daemons, statuses, and whose end comes before whose."""

import os
import sys
from multiprocessing import Event, Manager, Process, active_children, current_process, parent_process


def same(actual, expected):
    assert actual == expected, f"expected {expected!r}, but it was {actual!r}"


def waits(gate, log, word):
    gate.wait()
    log.append(word)


def starts(gate, log, *daemonic):
    for daemon in daemonic:
        Process(target=waits, args=(gate, log, f"child {daemon}"), daemon=daemon).start()
    same([child.daemon for child in sorted(active_children(), key=lambda child: child.pid)], list(daemonic))
    log.append("parent")


def ended_by(gate, log, how, *daemonic):
    starts(gate, log, *daemonic)
    if how == "fails":
        raise ValueError("as told")
    if how == "exits":
        sys.exit(3)
    gate.clear()
    gate.wait()


def a_process_has_ended_when_its_children_have():
    with Manager() as manager:
        for how, code in (("fails", 1), ("exits", 3)):
            gate, log = Event(), manager.list()
            process = Process(target=ended_by, args=(gate, log, how, False, False))
            process.start()
            while len(log) < 1:
                process.join(0)
            same(process.exitcode, None)
            gate.set()
            process.join()
            same((process.exitcode, log[:]), (code, ["parent", "child False", "child False"]))


def daemons_end_with_their_parent():
    with Manager() as manager:
        for how, code in (("fails", 1), ("exits", 3), ("terminate", -15), ("kill", -9)):
            gate, log = Event(), manager.list()
            process = Process(target=ended_by, args=(gate, log, how, True))
            process.start()
            while not len(log):
                process.join(0)
            if code < 0:
                getattr(process, how)()
            process.join()
            same((process.exitcode, log[:]), (code, ["parent"]))


def every_child_is_active_until_it_ends():
    same(active_children(), [])
    gate, log = Event(), Manager().list()
    children = [Process(target=waits, args=(gate, log, number)) for number in range(3)]
    for child in children:
        child.start()
    same(set(active_children()), set(children))
    children[0].terminate()
    children[1].kill()
    same(active_children(), children[2:])
    gate.set()
    children[2].join()
    same(active_children(), [])
    same([child.exitcode for child in children], [-15, -9, 0])
    same(log[:], [2])


def tells(log):
    this = current_process()
    log.append((this.name, this.daemon, this.pid == os.getpid(), parent_process().name))
    try:
        Process(target=print).start()
        log.append("started")
    except AssertionError as error:
        log.append(str(error))


def names_and_daemons_are_as_they_were_given():
    log = Manager().list()
    refused = "daemonic processes are not allowed to have children"
    for arguments, expected in (
        ({"name": "Al"}, [("Al", False, True, "MainProcess"), "started"]),
        ({"name": "Bo", "daemon": True}, [("Bo", True, True, "MainProcess"), refused]),
        # The manager takes the beginning of it.
        ({"name": "\u00e4" * 300}, [("\u00e4" * 300, False, True, "MainProcess"), "started"]),
    ):
        process = Process(target=tells, args=(log,), **arguments)
        process.start()
        process.join()
        same((process.exitcode, log[:]), (0, expected))
        log.clear()


def describes():
    return current_process().name, current_process().daemon


def main():
    for check in (
        a_process_has_ended_when_its_children_have, daemons_end_with_their_parent,
        every_child_is_active_until_it_ends, names_and_daemons_are_as_they_were_given,
    ):
        check()


if __name__ == "__main__":
    main()
