# SPDX-License-Identifier: GPL-2.0-only
import os
import signal
import subprocess
import sys
import time

from fixture import Case, gone_soon
from spb import jobs, lines, status, tree

# A command of ours in a process of its own; {} is its body.
COMMAND = """
import sys, time, os
sys.path.insert(0, "scripts")
from spb import jobs, status
def run():
    jobs.begin()
{}
sys.exit(status.main("test", run))
"""


class Run(Case):
    def test_status_and_output(self):
        done = jobs.run(["sh", "-c", "echo a; echo b >&2; exit 3"])
        self.assertEqual((done.status, done.output), (3, "a\nb\n"))
        done = jobs.run(["sh", "-c", "cat; kill -ABRT $$"], input="text")
        self.assertEqual((done.status, done.output), (-signal.SIGABRT, "text"))

    def test_output_to_a_file(self):
        jobs.run(["sh", "-c", "echo a; echo b >&2"], output=self.dir / "said")
        self.assertEqual((self.dir / "said").read_text(), "a\nb\n")

    def test_cpu_limit(self):
        done = jobs.run(["sh", "-c", "while :; do :; done"], cpu=1)
        self.assertEqual(done.status, -signal.SIGXCPU)
        self.assertFalse(done.timed_out)
        # Signal and count come of two books of the system's: half of it is there by both.
        self.assertGreater(done.cpu_seconds, 0.5)

    def test_wall_limit_ends_the_whole_group(self):
        done = jobs.run(["sh", "-c", "sleep 60 & echo $!; wait"], wall=0.5)
        self.assertTrue(done.timed_out)
        self.assertLess(done.seconds, 30)
        self.assertTrue(gone_soon(int(done.output)))

    def test_what_is_left_behind_ends(self):
        done = jobs.run(["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"])
        self.assertEqual(done.status, 0)
        self.assertTrue(gone_soon(int(done.output)))

    def test_each(self):
        seen = dict(jobs.each(range(20), lambda n: jobs.run(["echo", str(n)]).output.strip(), 4))
        self.assertEqual(seen, {n: str(n) for n in range(20)})

    def test_cache_and_whole_files(self):
        cache = jobs.Cache(self.dir / "kept")
        self.assertIsNone(cache.get("key"))
        cache.put("key", "text")
        self.assertEqual(cache.get("key"), "text")
        self.assertEqual(os.listdir(self.dir / "kept"), ["key"])


class Stopping(Case):
    """What becomes of a command and of its processes when somebody ends it."""

    BODY = """
    def one(n):
        jobs.run(["sh", "-c", "echo $$ >>{}; sleep 60"])
    list(jobs.each(range(4), one, 2))
"""

    def start(self, body=None, **popen):
        self.pids = self.dir / "pids"
        body = (body or self.BODY).format(self.pids)
        process = subprocess.Popen([sys.executable, "-c", COMMAND.format(body)], cwd=tree.ROOT,
                                   stderr=subprocess.PIPE, text=True, **popen)
        self.addCleanup(process.stderr.close)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.pids.exists() and len(self.pids.read_text().split()) == 2:
                return process
            time.sleep(0.05)
        self.fail("it did not start")

    def assert_nothing_left(self):
        pids = [int(pid) for pid in self.pids.read_text().split()]
        self.assertEqual([pid for pid in pids if not gone_soon(pid)], [])
        self.assertEqual(len(pids), 2)

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                process = self.start()
                process.send_signal(number)
                self.assertEqual(process.wait(60), status.INCONCLUSIVE)
                self.assertEqual(process.stderr.read(), "test: stopped\n")
                self.assert_nothing_left()
                self.pids.unlink()

    def test_processes_that_do_not_listen(self):
        process = self.start(self.BODY.replace("echo", "trap '' TERM INT HUP; echo", 1))
        process.terminate()
        self.assertEqual(process.wait(60), status.INCONCLUSIVE)
        self.assert_nothing_left()

    def test_killed(self):
        process = self.start()
        process.kill()
        process.wait()
        self.assert_nothing_left()

    def test_killed_with_a_command_below(self):
        """A campaign, say: it has started make fuzz, and that the engines. Nobody but the
        guardian of the first is left to end them."""
        (self.dir / "inner.py").write_text(COMMAND.format(self.BODY.format(self.dir / "pids")))
        process = self.start(f"""
    jobs.run([sys.executable, {str(self.dir / "inner.py")!r}])
""")
        process.kill()
        process.wait()
        self.assert_nothing_left()

    def test_exception_ends_the_others(self):
        body = """
    def one(n):
        if n == 2:
            while not os.path.exists({0!r}) or open({0!r}).read().count("\\n") < 2:
                time.sleep(0.1)
            raise status.Inconclusive("enough")
        jobs.run(["sh", "-c", "echo $$ >>{0}; sleep 60"])
    list(jobs.each(range(4), one, 3))
"""
        self.pids = self.dir / "pids"
        process = self.start(body.replace("{0!r}", repr(str(self.pids))))
        self.assertEqual(process.wait(60), status.INCONCLUSIVE)
        self.assertEqual(process.stderr.read(), "test: enough\n")
        self.assert_nothing_left()

    def test_reader_that_goes_away(self):
        body = """
    def one(n):
        if n < 2:
            jobs.run(["sh", "-c", "echo $$ >>{}; sleep 60"])
        return n
    for n, got in jobs.each([0, 1] + list(range(2, 1000)), one, 3):
        print("x" * 100)
        time.sleep(0.01)
"""
        process = self.start(body, stdout=subprocess.PIPE)
        process.stdout.close()
        self.assertEqual(process.wait(60), status.INCONCLUSIVE)
        self.assertEqual(process.stderr.read(), "test: stopped\n")
        self.assert_nothing_left()


class Files(Case):
    def test_a_pipe_stays_one(self):
        pipe = self.dir / "pipe"
        os.mkfifo(pipe)
        end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        jobs.write_whole(pipe, "text")
        self.assertTrue(pipe.is_fifo())
        self.assertEqual(os.read(end, 9), b"text")
        os.close(end)

    def test_a_file_is_replaced(self):
        file = self.dir / "new" / "file"
        jobs.write_whole(file, "one")
        jobs.write_whole(file, b"two")
        self.assertEqual(file.read_text(), "two")


class Handlers(Case):
    def test_flag_is_set_in_the_middle_of_anything(self):
        """A threading.Event hangs here within seconds: its lock is held while it changes."""
        code = """if True:
            import signal, sys, time
            sys.path.insert(0, sys.argv[1])
            from spb import jobs
            signal.signal(signal.SIGALRM, lambda *_: jobs._stop.set())
            signal.setitimer(signal.ITIMER_REAL, 2e-3, 2e-3)
            end = time.monotonic() + 2
            while time.monotonic() < end:
                jobs._stop.set()
                jobs._stop.clear()
            signal.setitimer(signal.ITIMER_REAL, 0)
        """
        done = subprocess.run([sys.executable, "-c", code, str(tree.ROOT / "scripts")],
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0)


class Statuses(Case):
    def run_main(self, body):
        done = subprocess.run([sys.executable, "-c", COMMAND.format(body)], cwd=tree.ROOT,
                              stderr=subprocess.PIPE, text=True)
        return done.returncode, done.stderr

    def test_statuses(self):
        expected = {"return None": (0, ""), "return status.FINDING": (1, ""),
                    "raise status.Usage('no')": (2, "test: no\n"),
                    "raise status.Inconclusive('why')": (3, "test: why\n"),
                    "open('/dev/full', 'w', buffering=1).write('x\\n')":
                        (3, "test: No space left on device\n"),
                    "open('/nowhere/x')": (3, "test: No such file or directory: /nowhere/x\n")}
        for body, what in expected.items():
            with self.subTest(body):
                self.assertEqual(self.run_main("    " + body), what)

    def test_full_output(self):
        """A full disk below the output is told, and is no success."""
        with open("/dev/full", "w") as full:
            done = subprocess.run([sys.executable, "-c", COMMAND.format("    print('x')")],
                                  cwd=tree.ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr, "test: No space left on device\n")


class Lines(Case):
    def test_lines(self):
        with self.printed() as text:
            checks = lines.Lines("area")
            checks.ok("one")
            checks.result(False, "two", "said\nmore\n")
        self.assertEqual(text.getvalue(), "ok area: one\nnot ok area: two\n  said\n  more\n")
        self.assertEqual(checks.summary(), "1 passed, 1 failed")
        self.assertEqual(lines.count(text.getvalue()), (1, 1))
