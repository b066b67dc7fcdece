"""The codec of MQTT against npm `mqtt-packet`. Usage: mqtt_packet_test.py [COUNT [SEED]]

COUNT random packets that it writes are read by Millrace, and what Millrace writes is read by it. Skipped, loudly, where
node or the package cannot be had.
"""

import random
import subprocess
import sys

import npm


def main():
    folder = npm.install("mqtt_packet")
    count = sys.argv[1] if len(sys.argv) > 1 else "2000"
    seed = sys.argv[2] if len(sys.argv) > 2 else str(random.randrange(1 << 31))
    command = ["node", "compare.js", str(npm.BUILD / "tests" / "mqtt_packets"), count, seed]
    return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
