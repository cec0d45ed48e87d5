"""Iterates over what it is given, as a program would."""


def draws(shared):
    """What a loop over a shared object sees."""
    seen = []
    for item in shared:
        seen.append(item)
    return seen


def steps(shared, count):
    """So many steps, with None for the end."""
    iterator = iter(shared)
    return [next(iterator, None) for _ in range(count)]


def extends(shared, other):
    """Adds what another object yields to a list."""
    shared.extend(other)
