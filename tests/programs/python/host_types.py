"""Types that the embedder implements, from Python: see `tests/e2e/host_types.rs`."""

from multiprocessing import Process
from multiprocessing.managers import BaseManager


class Bank(BaseManager):
    pass


Bank.register("Account")


def raised(error, call, *args, **kwds):
    try:
        call(*args, **kwds)
    except error as caught:
        return str(caught)
    raise AssertionError(f"no {error.__name__}")


def pays(account, to):
    account.deposit(4)
    account.pay(to, amount=2)


def main():
    bank = Bank()
    bank.start()
    before = bank._number_of_objects()
    ada, bob = bank.Account("Ada", balance=5), bank.Account(owner="Bob")
    assert str(ada) == "Account(Ada, 5)", str(ada)
    assert ada._getvalue() == ("Ada", 5)
    child = Process(target=pays, args=(ada, bob))
    child.start()
    child.join()
    assert (ada.balance(), bob.balance(), child.exitcode) == (7, 2, 0)
    assert list(ada.countdown()) == [6, 5, 4, 3, 2, 1, 0]
    assert list(ada.entries()) == [4]
    itself = ada.deposit(1, times=2, note="twice")
    assert itself == ada
    message = raised(TypeError, ada.deposit, "x")
    assert message == "deposit() argument 'amount' must be int, not str", message
    message = raised(TypeError, ada.deposit, amounts=1)
    assert message == "deposit() got an unexpected keyword argument 'amounts'", message
    message = raised(Exception, ada.withdraw, 100)
    assert message.endswith("only 9 left"), message
    del ada, bob, child, itself
    assert bank._number_of_objects() == before, bank._debug_info()


if __name__ == "__main__":
    main()
