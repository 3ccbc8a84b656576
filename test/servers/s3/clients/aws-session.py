"""
Debian's awscli, many commands in one process: each line of stdin is a JSON list of arguments, each line of stdout what
came of it. What /usr/bin/aws does for each command, but for the start of Python.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

answers = sys.stdout
driver = create_clidriver()
for line in sys.stdin:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = driver.main(json.loads(line))
        except SystemExit as stop:
            code = stop.code
    texts = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]
    print(json.dumps({"exitCode": code, "stdout": texts[0], "stderr": texts[1]}), file=answers, flush=True)
