"""Addresses of managers: names under which a manager's process is published, for other programs to connect to.

Nothing listens anywhere. Who may publish and look up a name is granted to programs, so there is no key.
"""

import errno

from .boundary import ErrorKind, Err, call, NAMES
from .proxies import wrap
from .values import received, text


def name_of(address):
    """The name that stands for an address, which is a pair of a host and a port, or a path. The host is always this one."""
    if isinstance(address, (tuple, list)) and len(address) == 2 and type(address[1]) is int:
        return f"managers/{address[1]}"
    if isinstance(address, str) and address:
        return text(f"managers/{address}")
    raise ValueError(f"address {address!r} is neither a pair of a host and a port nor a path")


def publish(address, server):
    """Has others find a manager's process: to make objects in it, and nothing else."""
    proxy = wrap(server)._narrow(["create", "typeids"], get_value=False, to_text=False)
    try:
        received(call(NAMES.publish, [name_of(address), proxy._handle]))
    except ValueError as error:
        raise OSError(errno.EADDRINUSE, str(error)) from None


def withdraw(address):
    """Undoes that."""
    call(NAMES.withdraw, [name_of(address)])


def look_up(address):
    """The handle to the process of the manager with that address."""
    found = call(NAMES.look_up, [name_of(address)])
    if type(found) is Err:
        if found.value.kind is ErrorKind.NO_SUCH_NAME:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"no manager is at {address!r}, or none that this program may find")
        received(found)
    return found
