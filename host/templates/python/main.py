"""Workers that share a list: `commonhold run main.py`."""

from multiprocessing import Manager, Process


def square(results, start, count):
    for number in range(start, start + count):
        results.append(number * number)


if __name__ == "__main__":
    with Manager() as manager:
        results = manager.list()
        workers = [Process(target=square, args=(results, start, 5)) for start in (0, 5)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(sorted(results))
