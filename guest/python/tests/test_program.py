"""Running a program: its script, its modules, its entries and its processes."""

import contextlib
import io
import sys
import unittest
from unittest import mock

import multiprocessing
from commonhold import program, values
from multiprocessing import process as processes

from .fake_bindings import new_process, runtime
from .fake_manager import Failure

_SCRIPT = {"__main__.path": b"examples/script.py"}


class _Exit(BaseException):
    pass


class ProgramCase(unittest.TestCase):
    def start(self, entry="main", args=(), files=None, script=""):
        """Runs an entry as the component does, in what counts as a new process."""
        files = {**_SCRIPT, **(files or {}), "__main__.py": script.encode()}
        self.host = new_process(files)
        return self.go(entry, args)

    def go(self, entry, args=()):
        saved = dict(sys.modules), sys.meta_path[:], sys.path[:], sys.argv[:]
        program._program = program._imported_as = None
        processes._current, processes._parent, processes._pid = processes._MainProcess(), None, None
        processes._children.clear()
        values.own_modules.clear()
        values.own_modules.add("__main__")
        self.out, self.err, self.status = io.StringIO(), io.StringIO(), None
        exits = mock.patch.multiple(processes, exit_now=self.exit)
        at_exit = mock.patch.object(program.atexit, "_run_exitfuncs")
        with exits, at_exit, contextlib.redirect_stdout(self.out), contextlib.redirect_stderr(self.err):
            try:
                return program.run(entry, [runtime.value(arg) for arg in args])
            except _Exit:
                return None, None
            finally:
                sys.modules.clear()
                sys.modules.update(saved[0])
                sys.meta_path[:], sys.path[:], sys.argv[:] = saved[1:]

    def exit(self, status):
        self.status = status
        raise _Exit


class Scripts(ProgramCase):
    def test_a_script_runs_as_main(self):
        value, error = self.start(args=["a", "b"], script=(
            "import sys\n"
            "print(__name__, __file__, sys.argv, sys.modules['__main__'].__file__)\n"
            "if __name__ == '__main__':\n"
            "    print('here')\n"))
        self.assertEqual((value, error), (None, None))
        self.assertEqual(self.out.getvalue(), (
            "__main__ examples/script.py ['examples/script.py', 'a', 'b'] examples/script.py\nhere\n"))

    def test_its_arguments_are_text(self):
        _, error = self.start(args=["a", 5], script="")
        self.assertEqual((error.kind.name, error.type_name, error.traceback), ("TYPE", "TypeError", None))

    def test_modules_and_packages_beside_it(self):
        _, error = self.start(script=(
            "import helper, package, package.part\n"
            "from package import part as again\n"
            "from space.inner import value\n"
            "print(helper.__file__, package.__path__, again.name, value, package.part.__spec__.origin)\n"
            "try:\n    import nowhere\n"
            "except ModuleNotFoundError as error:\n    print(error)\n"
        ), files={
            "helper.py": b"",
            "package/__init__.py": b"from . import part\n",
            "package/part.py": b"name = __name__\n",
            "space/inner.py": b"value = 5\n",
        })
        self.assertIsNone(error)
        self.assertEqual(self.out.getvalue(), (
            "examples/helper.py ['examples/package'] package.part 5 examples/package/part.py\n"
            "No module named 'nowhere'\n"))

    def test_its_modules_go_before_the_library(self):
        self.assertIn("textwrap", sys.modules)
        _, error = self.start(script="import textwrap\nprint(textwrap.mine)\n", files={"textwrap.py": b"mine = 1\n"})
        self.assertIsNone(error)
        self.assertEqual(self.out.getvalue(), "1\n")

    def test_a_mere_folder_goes_behind_the_library(self):
        _, error = self.start(script="import textwrap\nprint(textwrap.dedent)\n", files={"textwrap/part.py": b""})
        self.assertIsNone(error)
        self.assertIn("function dedent", self.out.getvalue())

    def test_a_source_in_another_encoding(self):
        self.host = new_process({**_SCRIPT, "__main__.py": b"# coding: latin-1\nprint('\xe9')\n"})
        self.assertEqual(self.go("main"), (None, None))
        self.assertEqual(self.out.getvalue(), "é\n")

    def test_tracebacks_show_the_script_alone(self):
        _, error = self.start(script=(
            "import helper\n"
            "helper.fail(0)\n"
        ), files={"helper.py": b"def fail(number):\n    return 1 / number\n"})
        lines = [line for line in error.traceback.splitlines() if not set(line) <= set(" ~^")]
        self.assertEqual(lines, [
            "Traceback (most recent call last):",
            '  File "examples/script.py", line 2, in <module>',
            "    helper.fail(0)",
            '  File "examples/helper.py", line 2, in fail',
            "    return 1 / number",
            "ZeroDivisionError: division by zero",
        ])
        self.assertEqual((error.kind.name, error.type_name, error.message, error.args),
                         ("ZERO_DIVISION", "ZeroDivisionError", "division by zero", None))

    def test_a_syntax_error(self):
        _, error = self.start(script="x = \n")
        self.assertEqual(error.type_name, "SyntaxError")
        self.assertTrue(error.traceback.startswith(
            'Traceback (most recent call last):\n  File "examples/script.py", line 1\n    x = \n'), error.traceback)

    def test_exit_statuses(self):
        for call, status, text in (
            ("sys.exit()", None, ""), ("sys.exit(0)", None, ""), ("sys.exit(3)", 3, ""), ("sys.exit(-1)", -1, ""),
            ("sys.exit('why')", 1, "why\n"), ("sys.exit(True)", True, ""), ("sys.exit([1])", 1, "[1]\n"),
            ("raise SystemExit(7)", 7, ""),
        ):
            with self.subTest(call=call):
                self.assertEqual(self.start(script=f"import sys\n{call}\n"), (None, None))
                self.assertEqual((self.status, self.err.getvalue()), (status, text))

    def test_children_that_were_not_joined_are_left_to_the_manager(self):
        _, error = self.start(script=(
            "from multiprocessing import Process\n"
            "import time\n"
            "def work(): pass\n"
            "Process(target=work, daemon=True).start()\n"
            "Process(target=work, name='Al').start()\n"
            "p = Process(target=time.sleep, args=(1,), name='\u00e4' * 200)\n"
            "p.start()\n"
            "p.terminate()\n"))
        self.assertIsNone(error)
        children = [process for process, *_ in self.host.spawned]
        self.assertEqual([process.state for process in children], [None, None, ("killed", None)])
        self.assertEqual([process.daemon for process in children], [True, False, False])
        self.assertEqual([process.name for process in children], ["Process-1", "Al", "\u00e4" * 127])

    def test_what_the_manager_knows_of_a_function(self):
        script = ("from multiprocessing import current_process, Process\n"
                  "def tell():\n"
                  "    print(current_process().name, current_process().daemon)\n"
                  "    Process(target=print).start()\n"
                  "if __name__ == '__main__': tell()\n")
        _, error = self.start("main", script=script)
        self.assertIsNone(error)
        self.assertEqual(self.out.getvalue(), "MainProcess False\n")
        self.host.me.name, self.host.me.daemon = "a worker", True
        _, error = self.go("tell", [])
        self.assertEqual(self.out.getvalue(), "a worker True\n")
        self.assertEqual(error.message, "daemonic processes are not allowed to have children")
        processes._current = processes._MainProcess()


class Entries(ProgramCase):
    SCRIPT = ("print(__name__)\n"
              "class Mine:\n    def __init__(self): self.x = 1\n"
              "class Bad(Exception): pass\n"
              "def main(): return 'the function'\n"
              "def double(x): return x * 2\n"
              "def mine(): return Mine()\n"
              "def fail(): raise Bad(1, 2)\n"
              "def strange(): return lambda: 1\n"
              "limit = 5\n")

    def test_functions(self):
        self.assertEqual(self.start("double", [[1]], script=self.SCRIPT), ([1, 1], None))
        self.assertEqual(self.out.getvalue(), "__mp_main__\n")
        self.assertEqual(self.start("__main__:main", script=self.SCRIPT), ("the function", None))
        files = {"other.py": b"def f(x): return -x\n"}
        self.assertEqual(self.start("other:f", [1], script="", files=files), (-1, None))

    def test_missing_ones(self):
        for entry in ("nothing", "limit", "os:getcwd", "other:f", "", "a b", "double.", ".", ":"):
            with self.subTest(entry=entry):
                _, error = self.start(entry, script=self.SCRIPT)
                self.assertEqual(error.kind.name, "NO_SUCH_ENTRY")

    def test_their_own_errors(self):
        _, error = self.start("fail", script=self.SCRIPT)
        self.assertEqual((error.kind.name, error.type_name, error.message), ("CUSTOM", "__main__.Bad", "(1, 2)"))
        _, error = self.start("double", [], script=self.SCRIPT)
        self.assertEqual(error.kind.name, "TYPE")


class Children(ProgramCase):
    SCRIPT = ("import os\n"
              "from functools import partial\n"
              "from multiprocessing import Process, current_process, parent_process\n"
              "def work(*args, **kwargs):\n"
              "    print(__name__, current_process().name, parent_process().name, args, kwargs)\n"
              "class Thing:\n"
              "    def __init__(self, x): self.x = x\n"
              "    def method(self, y): print('method', self.x, y)\n"
              "    def __call__(self, y): print('call', self.x, y)\n"
              "class Worker(Process):\n"
              "    def __init__(self, x):\n"
              "        super().__init__(name='Bob')\n"
              "        self.x = x\n"
              "    def run(self): print('worker', self.x, self.name, self is current_process())\n"
              "def fail(): raise ValueError('bad')\n"
              "def leave(): raise SystemExit(4)\n"
              "if __name__ == '__main__':\n"
              "    {}.start()\n")

    def child(self, made):
        """Starts what an expression makes, and runs what was sent as the child would."""
        _, error = self.start(script=self.SCRIPT.format(made))
        if error is not None:
            raise AssertionError(error.traceback)
        (process, name, entry, args), = self.host.spawned
        self.assertIsNone(name)
        return self.go(entry, args)

    def test_targets(self):
        for made, printed in (
            ("Process(target=work)", "__mp_main__ Process-1 MainProcess () {}\n"),
            ("Process(target=work, args=[1, (2,)], kwargs={'k': None})",
             "__mp_main__ Process-1 MainProcess (1, (2,)) {'k': None}\n"),
            ("Process(target=work, name='Al')", "__mp_main__ Al MainProcess () {}\n"),
            ("Process(target=partial(work, 1, k=2), args=(3,))", "__mp_main__ Process-1 MainProcess (1, 3) {'k': 2}\n"),
            ("Process(target=print, args=('x', 'y'), kwargs={'sep': '-'})", "x-y\n"),
            ("Process(target=Thing(5).method, args=(6,))", "method 5 6\n"),
            ("Process(target=Thing(5), args=(6,))", "call 5 6\n"),
            ("Process(target=Thing, args=(6,))", ""),
            ("Process()", ""),
            ("Worker([7])", "worker [7] Bob True\n"),
        ):
            with self.subTest(made=made):
                self.assertEqual(self.child(made), (None, None))
                self.assertEqual(self.out.getvalue(), printed)

    def test_failures(self):
        _, error = self.child("Process(target=fail)")
        self.assertEqual(error.kind.name, "VALUE")
        self.assertTrue(self.err.getvalue().startswith("Process Process-1:\nTraceback (most recent call last):\n"))
        self.assertTrue(self.err.getvalue().endswith("ValueError: bad\n"))
        self.child("Process(target=leave)")
        self.assertEqual((self.status, self.err.getvalue()), (4, ""))

    def test_the_script_is_imported_as_the_child(self):
        script = ("from multiprocessing import current_process, Process\n"
                  "print(__name__, current_process().name)\n"
                  "Process(target=print, name='Zoe').start()\n")
        _, error = self.start(script=script)
        self.assertIsNone(error)
        (_, _, entry, args), = self.host.spawned
        _, error = self.go(entry, args)
        self.assertEqual(self.out.getvalue(), "__mp_main__ Zoe\n")
        self.assertEqual(error.kind.name, "RUNTIME")
        self.assertIn("before the current process has finished its\nbootstrapping phase", error.message)
        self.assertEqual(len(self.host.spawned), 1)

    def test_entries_that_are_no_childs(self):
        for args in ([], [5], [[1, 2]], [("a", False, (1,), "b", 1)], [("a", False, (1,), "b", 1), (), {}, 1]):
            with self.subTest(args=args):
                _, error = self.start("multiprocessing:__main__.f", args, script="def f(): pass")
                self.assertIsNotNone(error)
        _, error = self.start("multiprocessing:no.such", [("a", False, (1,), "b", 1), (), {}], script="")
        self.assertIsNotNone(error)

    def test_what_cannot_be_sent(self):
        for made, type_name, message in (
            ("Process(target=lambda: 1)", "_pickle.PicklingError", "Can't pickle <function <lambda> at "),
            ("Process(target=work, args=(lambda: 1,))", "_pickle.PicklingError", "Can't pickle <function <lambda> at "),
            ("Process(target=work, args=(os,))", "TypeError", "cannot pickle 'module' object"),
        ):
            with self.subTest(made=made):
                _, error = self.start(script=self.SCRIPT.format(made))
                self.assertEqual(error.type_name, type_name)
                self.assertTrue(error.message.startswith(message), error.message)
                self.assertEqual(self.host.spawned, [])
                self.assertEqual(error.traceback.count("  File "), 1, error.traceback)


class ProcessObjects(unittest.TestCase):
    def setUp(self):
        self.host = new_process()
        processes._current, processes._pid = processes._MainProcess(), None
        processes._children.clear()

    def process(self):
        made = multiprocessing.Process(target=print)
        made.start()
        return made, self.host.spawned[-1][0]

    def test_outcomes(self):
        for outcome, code in ((("returned", None), 0), (("exited", 3), 3), (("killed", None), -9),
                              (("failed", Failure("value", "bad")), 1),
                              (("trapped", Failure("process-died", "why")), -6),
                              (("limit-exceeded", Failure("quota-exceeded", "time")), -9)):
            with self.subTest(outcome=outcome), contextlib.redirect_stderr(io.StringIO()):
                process, referent = self.process()
                self.assertTrue(process.is_alive())
                self.assertIsNone(process.exitcode)
                self.assertEqual(multiprocessing.active_children(), [process])
                referent.state = outcome
                process.join()
                self.assertEqual((process.exitcode, process.is_alive()), (code, False))
                self.assertEqual(multiprocessing.active_children(), [])
                self.assertEqual(process.pid, referent.id)

    def test_ending(self):
        for end, code in (("terminate", -15), ("kill", -9)):
            process, _ = self.process()
            getattr(process, end)()
            self.assertEqual(process.exitcode, code)

    def test_an_ended_process_is_let_go(self):
        process, referent = self.process()
        handles = len(runtime.handles)
        referent.state = ("returned", None)
        process.join()
        self.assertEqual(len(runtime.handles), handles - 1)

    def test_names_and_numbers(self):
        names = [multiprocessing.Process().name for _ in range(3)]
        self.assertEqual(names, ["Process-1", "Process-2", "Process-3"])
        self.assertEqual(multiprocessing.current_process().name, "MainProcess")
        self.assertEqual(multiprocessing.current_process().pid, self.host.me.id)
        self.assertIsNone(multiprocessing.parent_process())
        process, referent = self.process()
        self.assertRegex(repr(process), rf"^<Process name='Process-4' pid={referent.id} parent=\d+ started>$")
        referent.state = ("exited", 2)
        self.assertIn("stopped exitcode=2", repr(process))

    def test_misuse(self):
        process = multiprocessing.Process(target=print)
        with self.assertRaisesRegex(AssertionError, "can only join a started process"):
            process.join()
        process.start()
        with self.assertRaisesRegex(AssertionError, "cannot start a process twice"):
            process.start()
        with self.assertRaisesRegex(ValueError, "Cannot close a process while it is still running"):
            process.close()
        process.kill()
        process.close()
        with self.assertRaisesRegex(ValueError, "process object is closed"):
            process.join()

    def test_the_only_context(self):
        context = multiprocessing.get_context("spawn")
        self.assertIs(context.Process, multiprocessing.Process)
        self.assertIs(context.Manager, multiprocessing.Manager)
        multiprocessing.set_start_method("spawn")
        for method in ("fork", "forkserver"):
            with self.assertRaisesRegex(ValueError, f"cannot find context for '{method}'"):
                multiprocessing.set_start_method(method)
        self.assertEqual(multiprocessing.get_all_start_methods(), ["spawn"])


if __name__ == "__main__":
    unittest.main()
