#!/usr/bin/env python3
"""The program as its users meet it: commands, exit codes, what it prints, signals, the admin address."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import stat
import unittest

from gateway import BUILD, DEADLINE_S
from program import CONFIG, CommandLineTest, Running, millrace


class WrongCommandLines(CommandLineTest):
    def test_exit_64_and_a_word_on_help(self):
        for arguments in ([], ["fly"], ["run"], ["check"], ["status"], ["plugins", "inspect"],
                          ["plugins", "--format", "xml"], ["run", "--fast", "-c", "x"],
                          ["run", "-c"], ["check", "-c", "x", "y"]):
            with self.subTest(arguments):
                answer = millrace(*arguments)
                self.assertEqual((answer.returncode, answer.stdout), (64, ""))
                self.assertIn("--help", answer.stderr)

    def test_help_names_every_command(self):
        answer = millrace("--help")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        for word in ("run", "check", "status", "plugins inspect", "dlq list", "spool stats", "Exit codes",
                     "configs/demo.yaml"):
            self.assertIn(word, answer.stdout)
        for command in ("run", "check", "status"):
            self.assertIn("--config", millrace(command, "--help").stdout)

    def test_version(self):
        self.assertRegex(millrace("--version").stdout, r"^millrace \d+\.\d+\.\d+ \(plugin ABI \d+\.\d+\)\n$")


class Check(CommandLineTest):
    def check(self, *expected):
        """Every line but the last of what check prints, without the file's name."""
        answer = millrace("check", "-c", self.config)
        lines = answer.stdout.splitlines()
        self.assertEqual(answer.stderr, "")
        self.assertEqual([line.removeprefix(f"{self.config}:").split("]")[0] + "]" for line in lines], list(expected))
        self.assertEqual(answer.returncode, 78)

    def test_ok(self):
        answer = millrace("check", "--config", self.config)
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, f"{self.config}: ok\n", ""))

    def test_the_demo_is_ok_from_anywhere(self):
        demo = pathlib.Path(__file__).parents[2] / "configs" / "demo.yaml"
        self.assertEqual(millrace("check", "-c", demo, cwd="/").returncode, 0)
        self.assertEqual(millrace("check", "-c", "demo.yaml", cwd=demo.parent).stdout, "demo.yaml: ok\n")

    def test_the_bridge_of_the_readme_is_ok(self):
        bridge = pathlib.Path(__file__).parents[2] / "configs" / "bridge.yaml"
        self.assertEqual(millrace("check", "-c", bridge).returncode, 0)

    def test_writes_nothing(self):
        millrace("check", "-c", self.config)
        self.assertEqual(os.listdir(self.folder), ["gateway.yaml"])

    def test_warns_of_a_route_that_gets_nothing(self):
        self.write(CONFIG + "  - { name: late, match: { path: /echo, adapter: web, text: x }, to: echo }\n")
        answer = millrace("check", "-c", self.config)
        warning = f"{self.config}:11:5: warning[unreachable-route] route 'late' gets no message"
        self.assertEqual((answer.returncode, answer.stdout.splitlines()[1:]), (0, [f"{self.config}: ok"]))
        self.assertEqual(answer.stdout[:len(warning)], warning)

    def test_finds_all_mistakes_of_the_file(self):
        self.write(CONFIG.replace("drain", "drian").replace("plugin: echo", "plugin: ecko")
                   .replace("to: audit", "to: nobody"))
        self.check("2:64: error[unknown-key]", "6:19: error[unknown-plugin]", "10:63: error[unknown-consumer]")

    def test_finds_the_mistakes_that_plugins_find(self):
        self.write(CONFIG.replace("path: audit", "pat: audit").replace('listen: "127.0.0.1:0"', "listen: x"))
        self.check("4:35: error[bad-value]", "7:27: error[missing-key]", "7:37: error[unknown-key]")

    def test_finds_the_mistakes_that_only_plugins_can_find(self):
        self.change('listen: "127.0.0.1:0"', 'listen: ["127.0.0.1:1", "127.0.0.1:1"]')
        self.check("4:27: error[bad-setting]")

    def test_finds_the_mistakes_for_a_plugin_that_cannot_be_loaded(self):
        (self.folder / "plugins").mkdir(mode=0o755)
        plugin = self.folder / "plugins" / "broken.so"
        content = (BUILD / "lib/millrace/consumers/audit.so").read_bytes()
        plugin.write_bytes(content.replace(b'"id":"audit"', b'"id":"brokn"')
                           .replace(b"millrace_plugin_v1", b"millrace_plugin_v9"))
        plugin.chmod(0o644)
        self.write(CONFIG.replace("state_dir: state", "state_dir: state, plugins_dir: plugins")
                   .replace("plugin: audit, config: { path", "plugin: brokn, config: { pth"))
        self.check("7:27: error[missing-key]", "7:37: error[unknown-key]")

    def test_a_file_that_is_not_there(self):
        answer = millrace("check", "-c", self.folder / "no" / "file.yaml")
        self.assertEqual(answer.returncode, 78)
        self.assertIn("no/file.yaml: error[cannot-read] ", answer.stdout)

    def test_admin_outside_of_this_machine_is_refused(self):
        for address in ("0.0.0.0:9780", "[::]:9780", "192.0.2.1:9780"):
            with self.subTest(address):
                self.change('admin: "127.0.0.1:0"', f'admin: "{address}"')
                answer = millrace("check", "-c", self.config)
                self.assertEqual(answer.returncode, 78)
                self.assertIn("loopback", answer.stdout)

    def test_a_plugin_that_is_refused_is_a_warning(self):
        plugins = self.folder / "plugins"
        plugins.mkdir(mode=0o755)
        (plugins / "junk.so").write_text("junk")
        self.change("state_dir: state", "state_dir: state, plugins_dir: plugins")
        answer = millrace("check", "-c", self.config)
        self.assertEqual(answer.returncode, 0)
        self.assertIn("plugins/junk.so: warning[plugin-refused] ", answer.stdout)


class Run(CommandLineTest):
    def test_runs_until_it_is_asked_to_stop(self):
        with Running(self.config) as gateway:
            self.assertEqual(gateway.get("/readyz"), (200, "ready\n"))
            state = self.folder / "state"
            self.assertEqual(stat.S_IMODE(state.stat().st_mode), 0o700)
            self.assertTrue((self.folder / "audit.jsonl").exists())
            self.assertEqual(gateway.stop(), 0)
        self.assertRegex(gateway.log, r"gateway: ready in \d+ ms\n")
        self.assertTrue(gateway.log.endswith("gateway: stopped\n"), gateway.log)

    def test_paths_count_from_the_folder_of_the_file(self):
        for config, cwd in ((self.config, "/"), ("gateway.yaml", self.folder),
                            (f"{self.folder.name}/gateway.yaml", self.folder.parent)):
            with self.subTest(config), Running(config, cwd) as gateway:
                self.assertTrue((self.folder / "audit.jsonl").exists())
                self.assertEqual(gateway.stop(), 0)
                (self.folder / "audit.jsonl").unlink()

    def test_an_interrupt_stops_it_too(self):
        with Running(self.config) as gateway:
            gateway.process.send_signal(signal.SIGINT)
            self.assertEqual(gateway.process.wait(DEADLINE_S), 0)

    def test_a_second_signal_ends_it_at_once(self):
        """The handler of audit hangs in a pipe that nobody reads, so the drain does not end by itself."""
        os.mkfifo(self.folder / "audit.jsonl")
        self.write(CONFIG.replace("drain: 2s", "drain: 1h"))
        reader = os.open(self.folder / "audit.jsonl", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        with Running(self.config) as gateway, contextlib.closing(gateway.connect("/audit")) as peer:
            size = 1 << 19
            peer.sendall(b"\x82\xff" + size.to_bytes(8, "big") + bytes(4 + size))
            self.assertTrue(select.select([reader], [], [], DEADLINE_S)[0], "the handler writes")
            gateway.process.send_signal(signal.SIGTERM)
            gateway.wait_for("gateway: draining")
            self.assertEqual(gateway.get("/readyz"), (503, "draining\n"))
            gateway.process.send_signal(signal.SIGTERM)
            self.assertEqual(gateway.process.wait(DEADLINE_S), -signal.SIGTERM)

    def test_a_wrong_configuration_exits_78_and_makes_nothing(self):
        self.change("to: audit }", "to: nobody }")
        answer = millrace("run", "-c", self.config)
        self.assertEqual((answer.returncode, answer.stdout), (78, ""))
        self.assertIn(f"{self.config}:10:", answer.stderr)
        self.assertEqual(os.listdir(self.folder), ["gateway.yaml"])

    def test_a_wrong_setting_of_a_plugin_exits_78(self):
        self.change("path: audit.jsonl", "pat: audit.jsonl")
        answer = millrace("run", "-c", self.config)
        self.assertEqual(answer.returncode, 78)
        self.assertIn("error[unknown-key]", answer.stderr)

    def test_what_cannot_start_exits_69_and_says_why(self):
        (self.folder / "file").write_text("")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for old, new, why in (
                    ('admin: "127.0.0.1:0"', f'admin: "127.0.0.1:{port}"', f"admin: cannot listen on 127.0.0.1:{port}"),
                    ('listen: "127.0.0.1:0"', f'listen: "127.0.0.1:{port}"', f"127.0.0.1:{port}"),
                    ("path: audit.jsonl", "path: no/audit.jsonl", "no/audit.jsonl"),
                    ("state_dir: state", "state_dir: file/state", "file/state")):
                with self.subTest(new):
                    self.change(old, new)
                    answer = millrace("run", "-c", self.config)
                    self.assertEqual(answer.returncode, 69, answer.stderr)
                    self.assertIn("error   gateway: cannot start: ", answer.stderr)
                    self.assertIn(why, answer.stderr)

    def test_the_log_can_be_json(self):
        self.change("drain: 2s", "drain: 2s, log: { format: json }")
        with Running(self.config) as gateway:
            gateway.stop()
        lines = [json.loads(line) for line in gateway.log.splitlines()]
        self.assertEqual({*lines[0]}, {"time", "level", "who", "text"})
        self.assertEqual((lines[-1]["level"], lines[-1]["who"], lines[-1]["text"]), ("info", "gateway", "stopped"))


class Admin(CommandLineTest):
    def test_the_counts_add_up_while_connections_come_and_go(self):
        with Running(self.config) as gateway:
            for _ in range(20):
                with contextlib.closing(gateway.connect("/echo")), contextlib.closing(gateway.connect("/audit")):
                    status = json.loads(gateway.get("/v1/status")[1])
                    self.assertTrue(status["counts_agree"])
                    self.assertEqual(status["loops_silent"], 0)
                    for consumer in status["consumers"]:
                        ends = sum(consumer[end] for end in ("acked", "dead", "expired", "dropped", "open"))
                        self.assertEqual(consumer["created"], ends, consumer)
            code, metrics = gateway.get("/metrics")
            self.assertEqual(code, 200)
            unaccounted = re.findall(r'^millrace_deliveries_unaccounted\{consumer="(\w+)"\} (\S+)$', metrics, re.M)
            self.assertEqual(unaccounted, [("echo", "0"), ("audit", "0")])

    def test_the_address_is_left_at_the_end(self):
        with Running(self.config) as gateway:
            self.assertEqual(gateway.get("/livez"), (200, "alive\n"))
            port = gateway.port("admin on")
            self.assertEqual(gateway.stop(), 0)
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), DEADLINE_S)


class Status(CommandLineTest):
    def run_on_a_known_port(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.change('admin: "127.0.0.1:0"', f'admin: "127.0.0.1:{port}"')
        return Running(self.config)

    def test_tells_people_and_programs(self):
        with self.run_on_a_known_port() as gateway, contextlib.closing(gateway.connect("/echo")):
            people = millrace("status", "-c", self.config)
            self.assertEqual((people.returncode, people.stderr), (0, ""))
            self.assertRegex(people.stdout, r"^edge: ready, millrace \d")
            self.assertIn("every delivery is accounted for: yes\n", people.stdout)
            self.assertRegex(people.stdout, r"(?m)^web +websocket +\d+ +1 ")
            programs = json.loads(millrace("status", "--json", "-c", self.config).stdout)
            self.assertEqual([consumer["name"] for consumer in programs["consumers"]], ["echo", "audit"])

    def test_nobody_answers(self):
        self.run_on_a_known_port()
        answer = millrace("status", "-c", self.config)
        self.assertEqual((answer.returncode, answer.stdout), (69, ""))
        self.assertIn("no gateway answers on 127.0.0.1:", answer.stderr)

    def test_there_is_nobody_to_ask(self):
        for old, new, code, why in (('admin: "127.0.0.1:0", ', "", 78, "gateway.admin is not set"),
                                    ("name: edge", "name: edge", 69, "port 0"),
                                    ("name: edge", "nam: edge", 78, "error[unknown-key]")):
            with self.subTest(why):
                self.change(old, new)
                answer = millrace("status", "-c", self.config)
                self.assertEqual((answer.returncode, answer.stdout), (code, ""))
                self.assertIn(why, answer.stderr)


if __name__ == "__main__":
    unittest.main()
