"""Uses the maths plugin, which is written in Rust: the type's name is all that is known of it here.

    commonhold run guest/examples/maths-plugin/consumer.py --provider target/commonhold/maths-plugin.wasm
"""

from multiprocessing import Manager, Process
from multiprocessing.managers import BaseManager


class MathsManager(BaseManager):
    pass


# Without a callable: a provider implements it.
MathsManager.register("Maths")


def factorial(maths, number):
    product = 1
    for factor in range(1, number + 1):
        product = maths.mul(product, factor)


def draw(primes, drawn):
    for prime in primes:
        drawn.append(prime)


if __name__ == "__main__":
    with MathsManager() as manager:
        maths = manager.Maths()
        print(f"4 + 3 = {maths.add(4, 3)}, 7 * 8 = {maths.mul(7, 8)}")

        worker = Process(target=factorial, args=(maths, 5))
        worker.start()
        worker.join()
        print("results:", list(maths))

        primes, drawn = maths.primes(30), Manager().list()
        workers = [Process(target=draw, args=(primes, drawn)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print("primes that three processes have drawn:", sorted(drawn))

        parabola = maths.polynomial(5, -2, 1)
        total = parabola.plus(maths.polynomial(0, 0, 0, 1))
        print(f"({parabola}) + (x^3) = {total}, at 2 it is {total.at(2)}, and its derivative is {total.derivative()}")
